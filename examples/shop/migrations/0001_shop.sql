-- A book shop. One text for SQLite and PostgreSQL: times are microseconds since 1970 (UTC), money is whole cents.
-- Integrity is held here; the program only says more politely what the schema would refuse.

-- The last id given of each table (a way to count that both databases share).
CREATE TABLE sequences (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO sequences (name, value) VALUES ('books', 0), ('shops', 0), ('orders', 0);

-- People who have put something into a cart or ordered. Who they are stays with the gateway: here is their id alone.
CREATE TABLE users (
    id         BIGINT NOT NULL PRIMARY KEY CHECK (id > 0),
    first_seen BIGINT NOT NULL
);

CREATE TABLE books (
    id     BIGINT NOT NULL PRIMARY KEY,
    isbn   TEXT   NOT NULL UNIQUE CHECK (length(isbn) = 13),
    title  TEXT   NOT NULL CHECK (title <> ''),
    author TEXT   NOT NULL CHECK (author <> '')
);

CREATE TABLE shops (
    id       BIGINT NOT NULL PRIMARY KEY,
    name     TEXT   NOT NULL UNIQUE CHECK (name <> ''),
    city     TEXT   NOT NULL,
    currency TEXT   NOT NULL CHECK (length(currency) = 3)
);

-- What a shop sells, for how much, and how many it has.
CREATE TABLE stock (
    shop_id     BIGINT NOT NULL REFERENCES shops (id),
    book_id     BIGINT NOT NULL REFERENCES books (id),
    price_cents BIGINT NOT NULL CHECK (price_cents >= 0 AND price_cents <= 100000000),
    quantity    BIGINT NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (shop_id, book_id)
);

CREATE INDEX stock_of_book ON stock (book_id);

-- One cart for each person, of one shop.
CREATE TABLE carts (
    user_id    BIGINT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    shop_id    BIGINT NOT NULL REFERENCES shops (id),
    updated_at BIGINT NOT NULL,
    UNIQUE (user_id, shop_id)
);

-- The two composite keys hold that the books of a cart are all sold by the cart's shop.
CREATE TABLE cart_items (
    user_id  BIGINT NOT NULL,
    shop_id  BIGINT NOT NULL,
    book_id  BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (user_id, book_id),
    FOREIGN KEY (user_id, shop_id) REFERENCES carts (user_id, shop_id) ON DELETE CASCADE,
    FOREIGN KEY (shop_id, book_id) REFERENCES stock (shop_id, book_id)
);

CREATE INDEX cart_items_of_stock ON cart_items (shop_id, book_id);

-- An order that carries a key was made by the request with this key (header Idempotency-Key) and this content.
CREATE TABLE orders (
    id              BIGINT NOT NULL PRIMARY KEY,
    user_id         BIGINT NOT NULL REFERENCES users (id),
    shop_id         BIGINT NOT NULL REFERENCES shops (id),
    currency        TEXT   NOT NULL CHECK (length(currency) = 3),
    total_cents     BIGINT NOT NULL CHECK (total_cents >= 0),
    created_at      BIGINT NOT NULL,
    idempotency_key TEXT,
    request         TEXT,
    UNIQUE (user_id, idempotency_key),
    CHECK ((idempotency_key IS NULL) = (request IS NULL))
);

CREATE INDEX orders_of_user ON orders (user_id, created_at, id);

-- The price is that of the moment of the order, for ever.
CREATE TABLE order_lines (
    order_id    BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    book_id     BIGINT NOT NULL REFERENCES books (id),
    price_cents BIGINT NOT NULL CHECK (price_cents >= 0),
    quantity    BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, book_id)
);

CREATE INDEX order_lines_of_book ON order_lines (book_id);
