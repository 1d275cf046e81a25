-- Digests are random: each went to a place of its own in the index of all of them, in a large book a page read and a page written
-- for each. They are entered by groups of 8,192 certificates, so the places of new ones lie together; a look asks each group.
DROP INDEX certificates_by_thumbprint;
CREATE INDEX certificates_by_thumbprint ON certificates ((id / 8192), sha1_thumbprint) WHERE sha1_thumbprint IS NOT NULL;

-- Asked for when a key is compromised, of what is issued; so a certificate is entered once, when it is issued.
DROP INDEX certificates_by_key;
CREATE INDEX certificates_by_key ON certificates ((id / 8192), key_hash) WHERE status = 'issued';
