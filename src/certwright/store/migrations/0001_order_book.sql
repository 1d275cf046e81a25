-- The order book. Instants are microseconds since 1970-01-01T00:00:00Z. Ids are handed out by the application
-- (number_blocks), so no table needs a sequence. Every index begins with what its query compares for equality.

CREATE TABLE number_blocks (
  kind TEXT NOT NULL PRIMARY KEY,
  next_number BIGINT NOT NULL
);

CREATE TABLE accounts (
  id BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  approval TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
);

-- The last sequence number of each account's log; raised in the transaction that writes the change, so numbers
-- follow commits and have no gaps.
CREATE TABLE change_counters (
  account_id BIGINT NOT NULL PRIMARY KEY REFERENCES accounts (id),
  last_sequence BIGINT NOT NULL
);

CREATE TABLE api_keys (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  username TEXT UNIQUE,
  secret_hash BYTEA NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX api_keys_by_account ON api_keys (account_id);

CREATE TABLE access_tokens (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  key_id BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);

CREATE TABLE contacts (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  company TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT NOT NULL,
  fax TEXT NOT NULL,
  address TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX contacts_by_account ON contacts (account_id);

CREATE TABLE organizations (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  phone TEXT NOT NULL,
  status TEXT NOT NULL,
  assumed_name TEXT NOT NULL,
  registration_number TEXT NOT NULL,
  contact TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX organizations_by_account ON organizations (account_id);

CREATE TABLE organization_validations (
  organization_id BIGINT NOT NULL REFERENCES organizations (id),
  level TEXT NOT NULL,
  status TEXT NOT NULL,
  submitted_at BIGINT NOT NULL,
  decided_at BIGINT,
  valid_until BIGINT,
  evidence TEXT NOT NULL,
  PRIMARY KEY (organization_id, level)
);

CREATE TABLE orders (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  placed_by BIGINT NOT NULL,
  product_key TEXT NOT NULL,
  status TEXT NOT NULL,
  common_name TEXT NOT NULL,
  names TEXT NOT NULL,
  term_years BIGINT NOT NULL,
  certificate_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  status_changed_at BIGINT NOT NULL,
  status_reason TEXT NOT NULL,
  random_value TEXT NOT NULL,
  pending_certificate_id BIGINT,
  organization_id BIGINT,
  administrator_contact_id BIGINT,
  technical_contact_id BIGINT,
  renewal_of_order_id BIGINT,
  renewed_by_order_id BIGINT,
  email TEXT NOT NULL,
  alternative_order_id TEXT NOT NULL,
  details TEXT NOT NULL,
  version BIGINT NOT NULL
);
-- These two carry what searches by name and status look at, so that counting and paging read no rows.
CREATE INDEX orders_by_creation ON orders (account_id, created_at, id, common_name, status);
CREATE INDEX orders_by_status ON orders (account_id, status, created_at, id, common_name);
CREATE INDEX orders_by_product ON orders (account_id, product_key);
CREATE INDEX orders_by_administrator ON orders (account_id, administrator_contact_id)
  WHERE administrator_contact_id IS NOT NULL;
CREATE INDEX orders_by_technician ON orders (account_id, technical_contact_id)
  WHERE technical_contact_id IS NOT NULL;
CREATE INDEX orders_by_change ON orders (account_id, status_changed_at, id);
CREATE INDEX orders_by_organization ON orders (organization_id) WHERE organization_id IS NOT NULL;

CREATE TABLE order_names (
  order_id BIGINT NOT NULL REFERENCES orders (id),
  position BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (order_id, position)
);
CREATE INDEX order_names_by_name ON order_names (account_id, name);

CREATE TABLE certificates (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  status TEXT NOT NULL,
  csr BYTEA,
  key_hash BYTEA,
  created_at BIGINT NOT NULL,
  names TEXT NOT NULL,
  kind TEXT NOT NULL,
  days BIGINT,
  der BYTEA,
  authority_id BIGINT,
  serial_number TEXT,
  sha1_thumbprint TEXT,
  not_before BIGINT,
  not_after BIGINT,
  issued_at BIGINT,
  revoked_at BIGINT,
  revocation_reason TEXT,
  UNIQUE (authority_id, serial_number)
);
CREATE INDEX certificates_by_order ON certificates (order_id);
CREATE INDEX certificates_by_serial_number ON certificates (account_id, serial_number);
CREATE INDEX certificates_by_end ON certificates (account_id, not_after, status, order_id, id);
CREATE INDEX certificates_by_thumbprint ON certificates (account_id, sha1_thumbprint);
CREATE INDEX certificates_revoked ON certificates (authority_id, not_after) WHERE revoked_at IS NOT NULL;
CREATE INDEX certificates_revoked_keys ON certificates (key_hash) WHERE revoked_at IS NOT NULL;

CREATE TABLE validations (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  domain TEXT NOT NULL,
  method TEXT NOT NULL,
  status TEXT NOT NULL,
  random_value TEXT NOT NULL,
  value_expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  approver_email TEXT,
  proved_domain TEXT,
  validated_at BIGINT,
  reusable_until BIGINT,
  last_checked_at BIGINT,
  reason TEXT NOT NULL,
  next_step TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX validations_by_order ON validations (order_id);
CREATE INDEX validations_by_proof ON validations (account_id, proved_domain, reusable_until)
  WHERE proved_domain IS NOT NULL;

CREATE TABLE approval_codes (
  code_hash BYTEA NOT NULL PRIMARY KEY,
  validation_id BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

-- Rows of this table are never updated nor deleted.
CREATE TABLE order_changes (
  account_id BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  certificate_id BIGINT NOT NULL,
  action TEXT NOT NULL,
  from_status TEXT,
  to_status TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, sequence)
);
CREATE INDEX order_changes_by_order ON order_changes (order_id);

CREATE TABLE approval_requests (
  id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL REFERENCES orders (id),
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  requester BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  comments TEXT NOT NULL,
  certificate_id BIGINT,
  revocation_reason TEXT,
  processor BIGINT,
  processor_comment TEXT NOT NULL,
  processed_at BIGINT
);
CREATE INDEX approval_requests_by_account ON approval_requests (account_id, id);
CREATE INDEX approval_requests_by_order ON approval_requests (order_id);

CREATE TABLE jobs (
  kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  PRIMARY KEY (kind, subject_id)
);
CREATE INDEX jobs_by_run_at ON jobs (run_at);

CREATE TABLE authorities (
  id BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  issuer_id BIGINT,
  certificate BYTEA NOT NULL,
  encrypted_key BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
