ALTER TABLE notification ADD COLUMN subject INTEGER;
CREATE INDEX ix_notification_subject ON notification (subject) WHERE subject IS NOT NULL;
CREATE INDEX ix_account_role ON account (role) WHERE role <> 'member';
