// A load generator that costs next to nothing: node-postgres connects and prepares, then this speaks the
// protocol itself. One message (Bind, Execute, Sync) per transaction, made beforehand; of an answer only
// its end is looked at. About 15 µs of CPU a transaction where node-postgres takes 60.
import pg from 'pg';

const readyForQuery = 0x5a;
const errorResponse = 0x45;

/** A connection that runs one prepared statement with one number as its parameter, as fast as told. */
export async function openWriter(connectionString, { statement, startup = [] }) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  for (const each of startup) await client.query(each);
  const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  await client.query(`PREPARE w (bigint) AS ${statement}`);
  const { stream } = client.connection;
  stream.removeAllListeners('data');
  stream.setNoDelay(true);
  client.on('error', () => undefined);
  let outstanding = 0;
  let answered = () => undefined;
  let failed = () => undefined;
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    while (data.length - at >= 5) {
      const end = at + 1 + data.readInt32BE(at + 1);
      if (end > data.length) break;
      if (data[at] === readyForQuery) outstanding -= 1;
      if (data[at] === errorResponse) failed(new Error(data.toString('utf8', at + 5, end)));
      at = end;
    }
    rest = data.subarray(at);
    if (outstanding === 0) answered();
  });
  const send = (messages, count) =>
    new Promise((resolve, reject) => {
      outstanding = count;
      answered = resolve;
      failed = reject;
      stream.write(messages);
    });
  return {
    pid,
    /** Each value is one transaction; resolves when the last one is committed. */
    run: (values) => send(Buffer.concat(values.map(message)), values.length),
    close: () => stream.destroy(),
  };
}

/** Bind to the unnamed portal, Execute, Sync: an implicit transaction. */
function message(value) {
  const text = Buffer.from(String(value));
  const bind = Buffer.alloc(1 + 4 + 1 + 2 + 2 + 2 + 4 + text.length + 2);
  let at = bind.writeUInt8(0x42, 0);
  at = bind.writeInt32BE(bind.length - 1, at);
  at = bind.writeUInt8(0, at); // portal
  at += bind.write('w\0', at);
  at = bind.writeInt16BE(0, at); // formats of parameters
  at = bind.writeInt16BE(1, at);
  at = bind.writeInt32BE(text.length, at);
  at += text.copy(bind, at);
  bind.writeInt16BE(0, at); // formats of results
  return Buffer.concat([bind, executeAndSync]);
}

const executeAndSync = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);
