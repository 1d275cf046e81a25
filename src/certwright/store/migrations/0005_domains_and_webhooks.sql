-- Domains that an account has proved, or is to prove, ahead of any order. A validation that no order asked for has the
-- order 0: every order's number is positive.
CREATE TABLE domains (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  method TEXT NOT NULL,
  levels TEXT NOT NULL,
  is_active BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  submitted_at BIGINT NOT NULL,
  organization_id BIGINT,
  told TEXT,
  version BIGINT NOT NULL,
  UNIQUE (account_id, name)
);
CREATE INDEX validations_of_domains ON validations (account_id, domain, id) WHERE order_id = 0;

-- Where an account wants to hear of events, at most one place; its secret is sealed.
CREATE TABLE webhooks (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL UNIQUE REFERENCES accounts (id),
  endpoint TEXT NOT NULL,
  events TEXT NOT NULL,
  status TEXT NOT NULL,
  sends_chain BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  sealed_secret BYTEA,
  challenge_hash BYTEA,
  challenge_ends_at BIGINT,
  last_event BIGINT NOT NULL,
  version BIGINT NOT NULL
);

-- What was to be told, numbered for each webhook, and what came of it.
CREATE TABLE webhook_events (
  webhook_id BIGINT NOT NULL REFERENCES webhooks (id),
  sequence BIGINT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  sent_at BIGINT,
  answered_at BIGINT,
  response_code BIGINT,
  PRIMARY KEY (webhook_id, sequence)
);
CREATE INDEX webhook_events_waiting ON webhook_events (webhook_id, run_at) WHERE status = 'waiting';
CREATE INDEX webhook_events_by_age ON webhook_events (created_at);
