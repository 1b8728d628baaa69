SELECT u.id, json_build_object('id', u.id, 'name', u.name, 'email', u.email, 'country', u.country, 'created_at', u.created_at,
  'orders', coalesce((SELECT json_agg(json_build_object('id', o.id, 'status', o.status, 'total', o.total, 'placed_at', o.placed_at,
    'items', coalesce((SELECT json_agg(json_build_object('id', i.id, 'sku', i.sku, 'title', i.title, 'quantity', i.quantity, 'price', i.price) ORDER BY i.id)
      FROM items i WHERE i.order_id = o.id), '[]'::json)) ORDER BY o.id)
    FROM orders o WHERE o.user_id = u.id), '[]'::json))::text
FROM users u WHERE u.id = ANY($1::bigint[])
