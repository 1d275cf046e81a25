-- Money. Rows of ledger_transactions and ledger_entries are never updated nor deleted; account_balances holds their
-- sum for each account, kept in the same transaction, so that an order can be refused without adding up a history.

CREATE TABLE account_balances (
  account_id BIGINT NOT NULL PRIMARY KEY REFERENCES accounts (id),
  balance_cents BIGINT NOT NULL,
  credit_limit_cents BIGINT
);

INSERT INTO account_balances (account_id, balance_cents) SELECT id, 0 FROM accounts;

CREATE TABLE ledger_transactions (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  reference TEXT NOT NULL UNIQUE,
  amount_cents BIGINT NOT NULL,
  booked_at BIGINT NOT NULL,
  order_id BIGINT,
  memo TEXT NOT NULL
);
CREATE INDEX ledger_transactions_by_account ON ledger_transactions (account_id, id);
CREATE INDEX ledger_transactions_by_order ON ledger_transactions (order_id) WHERE order_id IS NOT NULL;

CREATE TABLE ledger_entries (
  transaction_id BIGINT NOT NULL REFERENCES ledger_transactions (id),
  ledger TEXT NOT NULL,
  amount_cents BIGINT NOT NULL,
  PRIMARY KEY (transaction_id, ledger)
);

-- The idempotency keys of requests that were carried out.
CREATE TABLE answered_requests (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  idempotency_key TEXT NOT NULL,
  fingerprint BYTEA NOT NULL,
  order_id BIGINT NOT NULL,
  PRIMARY KEY (account_id, idempotency_key)
);
