-- A key that turns out to be compromised takes every certificate with it (BR §4.9.1.1), so all of them have to be found.
DROP INDEX certificates_revoked_keys;
CREATE INDEX certificates_by_key ON certificates (key_hash);
