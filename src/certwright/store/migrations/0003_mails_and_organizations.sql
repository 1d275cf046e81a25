-- When approvers were mailed, by which mailing again is held back.
ALTER TABLE approval_codes ADD COLUMN sent_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX approval_codes_by_validation ON approval_codes (validation_id, sent_at);

-- What the search of organizations compares: the name in lower case, and what all validations come to. The program
-- keeps these columns; here they are filled for the rows that are there.
ALTER TABLE organizations ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN review TEXT NOT NULL DEFAULT 'none';
ALTER TABLE organizations ADD COLUMN validated_until BIGINT NOT NULL DEFAULT 0;
UPDATE organizations SET
  name_key = lower(name),
  review = COALESCE(
    (SELECT CASE
      WHEN max(CASE v.status WHEN 'pending' THEN 1 ELSE 0 END) = 1 THEN 'pending'
      WHEN max(CASE v.status WHEN 'rejected' THEN 1 ELSE 0 END) = 1 THEN 'rejected'
      WHEN count(*) > 0 THEN 'approved'
      ELSE 'none' END
    FROM organization_validations v WHERE v.organization_id = organizations.id), 'none'),
  validated_until = COALESCE(
    (SELECT max(v.valid_until) FROM organization_validations v WHERE v.organization_id = organizations.id), 0);
DROP INDEX organizations_by_account;
CREATE INDEX organizations_by_account ON organizations (account_id, id);
CREATE INDEX organizations_by_name ON organizations (account_id, name_key, id);
CREATE INDEX organizations_by_review ON organizations (account_id, review, validated_until);
CREATE INDEX organizations_by_validation ON organizations (account_id, validated_until);
