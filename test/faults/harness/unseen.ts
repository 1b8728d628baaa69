/** Every kind of change to the shop that a capture could miss. */
export const unseen = `
  UPDATE customers SET name = 'unseen' WHERE id <= 20;
  UPDATE orders SET customer_id = customer_id + 1 WHERE customer_id BETWEEN 30 AND 40;
  DELETE FROM orders WHERE customer_id = 50;
  DELETE FROM customers WHERE id BETWEEN 60 AND 70;
  INSERT INTO customers (name) SELECT 'new' FROM generate_series(1, 5);
  INSERT INTO orders (customer_id, total) SELECT 80, 1 FROM generate_series(1, 5)`;
