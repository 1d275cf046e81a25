-- Who may do what: an account may forbid to approve one's own requests, a key may be narrowed.
ALTER TABLE accounts ADD COLUMN self_approval BIGINT NOT NULL DEFAULT 1;
ALTER TABLE api_keys ADD COLUMN restriction BIGINT NOT NULL DEFAULT 0;
ALTER TABLE approval_requests ADD COLUMN reviewer BIGINT;
CREATE INDEX approval_requests_by_status ON approval_requests (account_id, status, id);

-- What people write down beside orders.
CREATE TABLE order_notes (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  author BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  note TEXT NOT NULL
);
CREATE INDEX order_notes_by_order ON order_notes (order_id, id);

-- Fields that an account adds to its orders, and what they hold; value_key is the value in lower case, for the search.
CREATE TABLE custom_fields (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  label TEXT NOT NULL,
  value_type TEXT NOT NULL,
  description TEXT NOT NULL,
  is_required BIGINT NOT NULL,
  is_active BIGINT NOT NULL,
  show_in_receipt BIGINT NOT NULL
);
CREATE INDEX custom_fields_by_account ON custom_fields (account_id, id);

CREATE TABLE custom_values (
  order_id BIGINT NOT NULL REFERENCES orders (id),
  field_id BIGINT NOT NULL REFERENCES custom_fields (id),
  account_id BIGINT NOT NULL,
  value TEXT NOT NULL,
  value_key TEXT NOT NULL,
  PRIMARY KEY (order_id, field_id)
);
CREATE INDEX custom_values_by_field ON custom_values (account_id, field_id);

CREATE INDEX orders_by_alternative_id ON orders (account_id, alternative_order_id) WHERE alternative_order_id <> '';
