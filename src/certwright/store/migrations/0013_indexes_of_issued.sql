-- A serial number is found by the index of its authority's, for there are few authorities; an order that is issued need not be
-- entered into two of the largest indexes for the same.
DROP INDEX certificates_by_serial_number;

-- A certificate has no thumbprint until it is issued. It was entered without, taken out again and entered anew.
DROP INDEX certificates_by_thumbprint;
CREATE INDEX certificates_by_thumbprint ON certificates (account_id, sha1_thumbprint) WHERE sha1_thumbprint IS NOT NULL;
