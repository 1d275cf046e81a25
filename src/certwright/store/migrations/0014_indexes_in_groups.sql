-- Digests and names come in no order: each went to a place of its own in the index of all of them. They are entered by groups of
-- 8,192 numbers, so the places of new ones lie together (store/groups.py).
DROP INDEX order_names_by_name;
CREATE INDEX order_names_by_name ON order_names ((order_id / 8192), name);

DROP INDEX certificates_by_thumbprint;
CREATE INDEX certificates_by_thumbprint ON certificates ((id / 8192), sha1_thumbprint) WHERE sha1_thumbprint IS NOT NULL;

-- Asked for when a key is compromised, of what is issued; so a certificate is entered once, when it is issued.
DROP INDEX certificates_by_key;
CREATE INDEX certificates_by_key ON certificates ((id / 8192), key_hash) WHERE status = 'issued';
