import pg from 'pg';

/** Updates of single orders by 4 clients. Returns the distinct users touched, and when the last one committed. */
export async function update(connectionString, { count, seed, users }) {
  const touched = new Set();
  let next = 0;
  await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const writer = new pg.Client({ connectionString });
      await writer.connect();
      while (next < count) {
        const order = 1 + ((next * 7919 + seed * 104_729) % (users * 4));
        next += 1;
        touched.add(Math.floor((order - 1) / 4) + 1);
        await writer.query({
          name: 'update',
          text: 'UPDATE orders SET total = total + 1 WHERE id = $1',
          values: [order],
        });
      }
      await writer.end();
    }),
  );
  return { touched: [...touched].map(String), committedAt: performance.timeOrigin + performance.now() };
}
