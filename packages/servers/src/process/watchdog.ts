import { spawn } from 'node:child_process';

/**
 * A small shell process that outlives ours by a moment. It reads from a pipe that only we hold open: when
 * we are gone, by whatever signal or crash, it reads the end of it, ends the server and removes its
 * files. No exit hook could do this, because SIGKILL runs none.
 */
const script = `
directory=$1 signal=$2 pid=
while read -r word value; do
  case $word in
    watch) pid=$value ;;
    done) exit 0 ;;
  esac
done
if [ -n "$pid" ]; then
  kill -CONT "$pid"
  kill -"$signal" "$pid"
  tries=0
  while kill -0 "$pid" && [ $tries -lt 80 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL "$pid"
fi 2>/dev/null
rm -rf -- "$directory"
`;

export interface Watchdog {
  /** The process to end when ours ends; the last one named counts. */
  watch(pid: number): void;
  /** Nothing is left to guard. */
  dismiss(): void;
}

/**
 * Guards `directory` from now on, and a process from `watch` on.
 *
 * @param signal asks the server to end at once and to leave nothing behind in the kernel
 */
export function startWatchdog(directory: string, signal: 'QUIT' | 'KILL'): Watchdog {
  // Detached: Ctrl-C reaches every process of the terminal's group, and would end the guard first.
  const guard = spawn('/bin/sh', ['-c', script, 'sluice-watchdog', directory, signal], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  guard.on('error', () => {}); // Without a shell there is no guard; `stop` still works.
  guard.stdin.on('error', () => {});
  guard.unref();
  // A pipe to a child is a socket, which can keep the event loop alive.
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return {
    watch: (pid) => void guard.stdin.write(`watch ${pid}\n`),
    dismiss: () => void guard.stdin.end('done\n'),
  };
}
