ALTER TABLE notification ADD COLUMN bucket INTEGER DEFAULT 0 NOT NULL;

ALTER TABLE notification ADD COLUMN filtered BOOLEAN DEFAULT false NOT NULL;

CREATE INDEX ix_notification_group ON notification (account, kind, post, bucket, id) WHERE bucket > 0;

CREATE INDEX ix_notification_filtered ON notification (account, id, actor) WHERE filtered;

CREATE TABLE notification_policy (
    account BIGINT NOT NULL,
    not_following TEXT NOT NULL,
    not_followers TEXT NOT NULL,
    new_accounts TEXT NOT NULL,
    private_mentions TEXT NOT NULL,
    limited_accounts TEXT NOT NULL,
    CONSTRAINT pk_notification_policy PRIMARY KEY (account)
);

ALTER TABLE notification_policy ALTER COLUMN not_following SET STATISTICS 0;

ALTER TABLE notification_policy ALTER COLUMN not_followers SET STATISTICS 0;

ALTER TABLE notification_policy ALTER COLUMN new_accounts SET STATISTICS 0;

ALTER TABLE notification_policy ALTER COLUMN private_mentions SET STATISTICS 0;

ALTER TABLE notification_policy ALTER COLUMN limited_accounts SET STATISTICS 0;

CREATE TABLE notification_permission (
    account BIGINT NOT NULL,
    sender BIGINT NOT NULL,
    CONSTRAINT pk_notification_permission PRIMARY KEY (account, sender)
);

CREATE INDEX ix_notification_permission_sender ON notification_permission (sender);
