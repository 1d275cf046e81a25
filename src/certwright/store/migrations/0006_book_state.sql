-- What an index over the order book has to know beside the log of status changes: orders whose searchable values changed
-- without one. Numbered per account and without gaps, like the log.
CREATE TABLE order_edits (
  account_id BIGINT NOT NULL,
  edit BIGINT NOT NULL,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  PRIMARY KEY (account_id, edit)
);

ALTER TABLE change_counters ADD COLUMN last_edit BIGINT NOT NULL DEFAULT 0;

CREATE INDEX orders_by_alternative_order_id ON orders (account_id, alternative_order_id)
  WHERE alternative_order_id <> '';
