-- Keys with which a certificate was revoked for key compromise. They are few, and every order asks whether its key is one of
-- them, which is no question for the largest index of a large book.
CREATE TABLE compromised_keys (
  key_hash BYTEA NOT NULL PRIMARY KEY
);

INSERT INTO compromised_keys (key_hash)
SELECT DISTINCT key_hash FROM certificates
WHERE revoked_at IS NOT NULL AND revocation_reason = 'keyCompromise' AND key_hash IS NOT NULL;
