-- The shop of `sluice demo`: an ordinary application's tables, nothing in them is for Sluice.

CREATE TABLE categories (
  id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name  text NOT NULL
);

CREATE TABLE products (
  id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  category_id  integer NOT NULL REFERENCES categories,
  sku          text NOT NULL UNIQUE,
  name         text NOT NULL,
  price        numeric(10, 2) NOT NULL,
  stock        integer NOT NULL
);
CREATE INDEX ON products (category_id);

CREATE TABLE customers (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text NOT NULL,
  email       text NOT NULL,
  city        text,
  tier        text NOT NULL DEFAULT 'standard',
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orders (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id  integer NOT NULL REFERENCES customers ON DELETE CASCADE,
  status       text NOT NULL DEFAULT 'new',
  placed_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON orders (customer_id);

CREATE TABLE order_items (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id    bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  product_id  integer NOT NULL REFERENCES products,
  quantity    integer NOT NULL,
  unit_price  numeric(10, 2) NOT NULL
);
CREATE INDEX ON order_items (order_id);
CREATE INDEX ON order_items (product_id);

-- The same shop each time.
SELECT setseed(0.42);

INSERT INTO categories (name)
SELECT unnest(ARRAY['Tea', 'Coffee', 'Chocolate', 'Spices', 'Ceramics', 'Books', 'Paper', 'Ink', 'Candles', 'Linen']);

INSERT INTO products (category_id, sku, name, price, stock)
SELECT
  1 + n % 10,
  'SL-' || lpad(n::text, 5, '0'),
  (ARRAY['Quiet', 'Golden', 'Northern', 'Little', 'Slow', 'Bright', 'Old', 'Blue'])[1 + n % 8] || ' '
    || (ARRAY['River', 'Garden', 'Harbour', 'Mountain', 'Morning', 'Orchard', 'Lantern'])[1 + n % 7] || ' no. ' || n,
  round((2 + random() * 80)::numeric, 2),
  (random() * 400)::integer
FROM generate_series(1, 200) AS n;

INSERT INTO customers (name, email, city, tier, created_at)
SELECT
  given || ' ' || family,
  lower(given || '.' || family || n || '@example.com'),
  CASE WHEN n % 23 = 0 THEN NULL
    ELSE (ARRAY['Lisbon', 'Oslo', 'Turin', 'Kraków', 'Ghent', 'Porto', 'Bergen', 'Graz', 'Malmö'])[1 + n % 9] END,
  (ARRAY['standard', 'standard', 'standard', 'silver', 'gold'])[1 + n % 5],
  timestamptz '2024-01-01 08:00:00+00' + n * interval '11 hours 13 minutes'
FROM generate_series(1, 2000) AS n
CROSS JOIN LATERAL (SELECT
  (ARRAY['Ada', 'Bruno', 'Carla', 'Dmitri', 'Elif', 'Farah', 'Goran', 'Hana', 'Ines', 'Jonas', 'Kaja', 'Luca', 'Mila'])[1 + n % 13] AS given,
  (ARRAY['Almeida', 'Berg', 'Conti', 'Dupont', 'Eriksen', 'Fischer', 'Garcia', 'Horvat', 'Ivanova', 'Jansen', 'Kowalska'])[1 + n % 11] AS family
) AS names;

INSERT INTO orders (customer_id, status, placed_at)
SELECT
  1 + floor(random() * 2000)::integer,
  (ARRAY['new', 'paid', 'shipped', 'delivered', 'delivered'])[1 + n % 5],
  timestamptz '2026-01-01 08:00:00+00' + n * interval '1 hour 7 minutes'
FROM generate_series(1, 5000) AS n;

INSERT INTO order_items (order_id, product_id, quantity, unit_price)
SELECT o.id, p.id, 1 + (random() * 4)::integer, p.price
FROM orders AS o
CROSS JOIN LATERAL generate_series(1, 1 + (o.id % 4)::integer) AS line
JOIN products AS p ON p.id = 1 + (o.id * 31 + line * 57) % 200;

ANALYZE;
