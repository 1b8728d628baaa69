-- What the products index must hold, written by hand and not by Sluice.
SELECT p.id::text AS id, json_build_object(
  'id', p.id,
  'sku', p.sku,
  'name', p.name,
  'price', p.price,
  'stock', p.stock,
  'category', json_build_object('name', c.name),
  'sold', (SELECT sum(i.quantity) FROM order_items AS i WHERE i.product_id = p.id)
) AS document
FROM products AS p
JOIN categories AS c ON c.id = p.category_id;
