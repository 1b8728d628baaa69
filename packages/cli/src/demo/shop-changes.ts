import type { Database, Row } from './database.ts';

/** One document, as the demo names it: `customers/17`. */
export interface DocumentName {
  readonly index: 'customers' | 'products';
  readonly id: string;
}

/** A change that was chosen but not made yet, so that a watcher can look at the document before. */
export interface PlannedChange {
  /** For people: `order 1234: paid → shipped`. */
  readonly text: string;
  /** A document that must look different afterwards. */
  readonly document: DocumentName;
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Chooses rows for one kind of change; null where there is none that fits. */
type Planner = (database: Database, random: () => number) => Promise<PlannedChange | null>;

const nextStatus: Readonly<Record<string, string>> = {
  new: 'paid',
  paid: 'shipped',
  shipped: 'delivered',
  delivered: 'returned',
  returned: 'new',
};

const advanceOrder: Planner = async (database) => {
  const order = await one(database, 'SELECT id, customer_id, status FROM orders ORDER BY random() LIMIT 1');
  if (order === null) return null;
  const status = nextStatus[order['status'] ?? ''] ?? 'new';
  return {
    text: `order ${order['id']}: ${order['status']} → ${status}`,
    document: { index: 'customers', id: text(order['customer_id']) },
    sql: 'UPDATE orders SET status = $2 WHERE id = $1',
    values: [order['id'], status],
  };
};

const placeOrder: Planner = async (database, random) => {
  const customer = await one(database, 'SELECT id, name FROM customers ORDER BY random() LIMIT 1');
  if (customer === null) return null;
  const lines = 1 + Math.floor(random() * 3);
  return {
    text: `${customer['name']} places an order of ${lines} ${lines === 1 ? 'item' : 'items'}`,
    document: { index: 'customers', id: text(customer['id']) },
    sql: `WITH placed AS (INSERT INTO orders (customer_id) VALUES ($1) RETURNING id),
chosen AS (SELECT id, price FROM products ORDER BY random() LIMIT $2)
INSERT INTO order_items (order_id, product_id, quantity, unit_price)
SELECT placed.id, chosen.id, 1 + floor(random() * 3)::integer, chosen.price FROM placed, chosen`,
    values: [customer['id'], lines],
  };
};

const cancelOrder: Planner = async (database) => {
  const order = await one(database, 'SELECT id, customer_id FROM orders ORDER BY random() LIMIT 1');
  if (order === null) return null;
  return {
    text: `order ${order['id']} is deleted, with its items`,
    document: { index: 'customers', id: text(order['customer_id']) },
    sql: 'DELETE FROM orders WHERE id = $1',
    values: [order['id']],
  };
};

const handOverOrder: Planner = async (database) => {
  const pair = await one(
    database,
    `SELECT o.id, o.customer_id, c.id AS heir
FROM (SELECT id, customer_id FROM orders ORDER BY random() LIMIT 1) AS o
JOIN LATERAL (SELECT id FROM customers WHERE id <> o.customer_id ORDER BY random() LIMIT 1) AS c ON true`,
  );
  if (pair === null) return null;
  return {
    text: `order ${pair['id']} moves from customer ${pair['customer_id']} to customer ${pair['heir']}`,
    document: { index: 'customers', id: text(pair['heir']) },
    sql: 'UPDATE orders SET customer_id = $2 WHERE id = $1',
    values: [pair['id'], pair['heir']],
  };
};

const cities = ['Lisbon', 'Oslo', 'Turin', 'Kraków', 'Ghent', 'Porto', 'Bergen', 'Graz', 'Malmö'];

const moveHouse: Planner = async (database, random) => {
  const customer = await one(database, 'SELECT id, name, city FROM customers ORDER BY random() LIMIT 1');
  if (customer === null) return null;
  const others = cities.filter((city) => city !== customer['city']);
  const city = others[Math.floor(random() * others.length)] ?? 'Oslo';
  return {
    text: `${customer['name']} moves from ${customer['city'] ?? 'an unknown place'} to ${city}`,
    document: { index: 'customers', id: text(customer['id']) },
    sql: 'UPDATE customers SET city = $2 WHERE id = $1',
    values: [customer['id'], city],
  };
};

const changePrice: Planner = async (database, random) => {
  const product = await one(database, 'SELECT id, name, price FROM products ORDER BY random() LIMIT 1');
  if (product === null) return null;
  const price = (Number(product['price']) + 0.01 + Math.floor(random() * 500) / 100).toFixed(2);
  return {
    text: `"${product['name']}" now costs ${price} instead of ${product['price']}`,
    document: { index: 'products', id: text(product['id']) },
    sql: 'UPDATE products SET price = $2 WHERE id = $1',
    values: [product['id'], price],
  };
};

/** The change that reaches far: every customer who ever bought the product has its name inside. */
const renameProduct: Planner = async (database, random) => {
  const item = await one(
    database,
    `SELECT p.id, p.name, o.customer_id, (
  SELECT count(DISTINCT buyers.customer_id) FROM order_items AS bought
  JOIN orders AS buyers ON buyers.id = bought.order_id WHERE bought.product_id = p.id
) AS customers
FROM (SELECT order_id, product_id FROM order_items ORDER BY random() LIMIT 1) AS i
JOIN orders AS o ON o.id = i.order_id
JOIN products AS p ON p.id = i.product_id`,
  );
  if (item === null) return null;
  const name = `${text(item['name']).split(', batch ')[0]}, batch ${Math.floor(random() * 100_000)}`;
  return {
    text: `product "${item['name']}" becomes "${name}", which ${item['customers']} customers bought`,
    document: { index: 'customers', id: text(item['customer_id']) },
    sql: 'UPDATE products SET name = $2 WHERE id = $1',
    values: [item['id'], name],
  };
};

const changeQuantity: Planner = async (database) => {
  const item = await one(
    database,
    'SELECT id, product_id, quantity FROM order_items ORDER BY random() LIMIT 1',
  );
  if (item === null) return null;
  return {
    text: `order item ${item['id']}: quantity ${item['quantity']} → ${Number(item['quantity']) + 1}`,
    document: { index: 'products', id: text(item['product_id']) },
    sql: 'UPDATE order_items SET quantity = quantity + 1 WHERE id = $1',
    values: [item['id']],
  };
};

const everyKind: readonly Planner[] = [
  advanceOrder,
  advanceOrder,
  advanceOrder,
  placeOrder,
  placeOrder,
  cancelOrder,
  handOverOrder,
  moveHouse,
  changePrice,
  renameProduct,
  changeQuantity,
];

/** The next change of the shop's day. Reads, but changes nothing yet. */
export async function planChange(database: Database, random: () => number): Promise<PlannedChange> {
  for (;;) {
    const kind = everyKind[Math.floor(random() * everyKind.length)] ?? placeOrder;
    const planned = await kind(database, random);
    if (planned !== null) return planned;
  }
}

async function one(database: Database, sql: string): Promise<Row | null> {
  const [row] = await database.query(sql);
  return row ?? null;
}

function text(value: string | null | undefined): string {
  return value ?? '';
}
