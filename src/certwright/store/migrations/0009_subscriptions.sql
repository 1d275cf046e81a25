-- How many live subscriptions an account has: whoever writes a change reads it in the row that numbers the change.
ALTER TABLE change_counters ADD COLUMN subscriptions BIGINT NOT NULL DEFAULT 0;

-- Where an account has its changes sent. All changes through position were dealt with, or are held; turn grows with
-- whatever moves either. Secrets are sealed.
CREATE TABLE subscriptions (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  created_at BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  actions TEXT NOT NULL,
  statuses TEXT NOT NULL,
  status TEXT NOT NULL,
  disabled_reason TEXT,
  sealed_secret BYTEA NOT NULL,
  sealed_old_secret BYTEA,
  old_secret_ends_at BIGINT,
  position BIGINT NOT NULL,
  turn BIGINT NOT NULL,
  last_attempt BIGINT NOT NULL,
  failing_since BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX subscriptions_by_account ON subscriptions (account_id, id);

-- The changes through a subscription's position that are still to be delivered; what they say is in the log.
CREATE TABLE held_changes (
  subscription_id BIGINT NOT NULL REFERENCES subscriptions (id),
  sequence BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  failed_at BIGINT,
  PRIMARY KEY (subscription_id, sequence)
);

-- What came of each request; kept for a while.
CREATE TABLE delivery_attempts (
  subscription_id BIGINT NOT NULL REFERENCES subscriptions (id),
  number BIGINT NOT NULL,
  sequence BIGINT,
  try_number BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  status_code BIGINT,
  error TEXT NOT NULL,
  duration_ms BIGINT NOT NULL,
  attempted_at BIGINT NOT NULL,
  PRIMARY KEY (subscription_id, number)
);
CREATE INDEX delivery_attempts_by_outcome ON delivery_attempts (subscription_id, outcome, number);
CREATE INDEX delivery_attempts_by_age ON delivery_attempts (attempted_at);
