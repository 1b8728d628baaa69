-- What the customers index must hold, written by hand and not by Sluice: `sluice demo --duration`
-- compares every document with it.
SELECT c.id::text AS id, json_build_object(
  'id', c.id,
  'name', c.name,
  'email', c.email,
  'city', c.city,
  'tier', c.tier,
  'since', c.created_at,
  'order_count', (SELECT count(*) FROM orders AS o WHERE o.customer_id = c.id),
  'orders', coalesce((
    SELECT json_agg(json_build_object(
      'id', o.id,
      'status', o.status,
      'placed_at', o.placed_at,
      'items', coalesce((
        SELECT json_agg(json_build_object(
          'id', i.id,
          'quantity', i.quantity,
          'unit_price', i.unit_price,
          'product', json_build_object('sku', p.sku, 'name', p.name)
        ) ORDER BY i.id)
        FROM order_items AS i
        JOIN products AS p ON p.id = i.product_id
        WHERE i.order_id = o.id
      ), '[]')
    ) ORDER BY o.placed_at DESC, o.id)
    FROM orders AS o
    WHERE o.customer_id = c.id
  ), '[]')
) AS document
FROM customers AS c;
