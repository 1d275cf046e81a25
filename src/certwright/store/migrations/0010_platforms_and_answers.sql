-- The server software that a certificate is meant for, by DigiCert's number.
ALTER TABLE certificates ADD COLUMN server_platform BIGINT;

-- The certificate that a request made which may be sent twice; an order's own is found by the order.
ALTER TABLE answered_requests ADD COLUMN certificate_id BIGINT;
