import type { Deployment } from '../../e2e/harness/deployment.ts';
import type { LogEvent, SluiceProcess } from '../../e2e/harness/sluice-process.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

/** How a process ceases to lead, and what it may do afterwards. */
export const endings = ['killed', 'told to stop', 'halted', 'cut off', 'vanished'] as const;

export type HowItEnds = (typeof endings)[number];

/** A process of a deployment on a machine of its own: its network can be cut without that of others. */
export class Contender implements AsyncDisposable {
  readonly process: SluiceProcess;
  readonly #source: TcpProxy;
  readonly #search: TcpProxy;
  #marked = 0;

  private constructor(process: SluiceProcess, source: TcpProxy, search: TcpProxy) {
    this.process = process;
    this.#source = source;
    this.#search = search;
  }

  static async start(site: Deployment): Promise<Contender> {
    const [source, search] = await Promise.all([startProxy(site.database.url), startProxy(site.search.url)]);
    const { DATABASE_URL = '', OPENSEARCH_URL = '' } = site.environment;
    site.environment['DATABASE_URL'] = source.through(site.database.url);
    site.environment['OPENSEARCH_URL'] = search.through(site.search.url);
    const process = site.run();
    Object.assign(site.environment, { DATABASE_URL, OPENSEARCH_URL });
    return new Contender(process, source, search);
  }

  /** What was logged from here on is what `since` and `untilPhase` look at. */
  mark(): void {
    this.#marked = this.process.events.length;
  }

  get since(): readonly LogEvent[] {
    return this.process.events.slice(this.#marked);
  }

  async untilPhase(phase: 'live' | 'standing by', deadlineMs?: number): Promise<void> {
    await this.process.untilLogged(
      `a process to be ${phase}`,
      (event) => event.msg === 'phase' && event['phase'] === phase && this.since.includes(event),
      deadlineMs,
    );
  }

  /** Makes it cease to lead; resolves as soon as that has happened to it. */
  async end(how: HowItEnds): Promise<void> {
    const networks = [this.#source, this.#search];
    switch (how) {
      case 'killed':
        await this.process.kill();
        return;
      case 'told to stop':
        this.process.signal('SIGTERM');
        return;
      case 'halted':
        this.process.signal('SIGSTOP');
        return;
      case 'cut off':
        await Promise.all(networks.map((network) => network.set('blackhole')));
        return;
      case 'vanished':
        // The servers are not told: to them its connections are open.
        for (const network of networks) network.halfOpen();
        await this.process.kill();
        return;
    }
  }

  /** Wakes it up, or connects it again: what it had sent arrives now. True where it lives. */
  async comeBack(): Promise<boolean> {
    if (this.process.ending !== null) return false;
    this.process.signal('SIGCONT');
    await Promise.all([this.#source, this.#search].map((network) => network.set('forward')));
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.signal('SIGCONT');
    await this.process.kill();
    await Promise.all([this.#source.close(), this.#search.close()]);
  }
}
