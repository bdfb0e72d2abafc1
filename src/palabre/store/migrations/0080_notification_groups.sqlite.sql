ALTER TABLE notification ADD COLUMN bucket INTEGER DEFAULT 0 NOT NULL;

ALTER TABLE notification ADD COLUMN filtered BOOLEAN DEFAULT false NOT NULL;

CREATE INDEX ix_notification_group ON notification (account, kind, post, bucket, id) WHERE bucket > 0;

CREATE INDEX ix_notification_filtered ON notification (account, id, actor) WHERE filtered;

CREATE TABLE notification_policy (
    account INTEGER NOT NULL,
    not_following TEXT NOT NULL,
    not_followers TEXT NOT NULL,
    new_accounts TEXT NOT NULL,
    private_mentions TEXT NOT NULL,
    limited_accounts TEXT NOT NULL,
    CONSTRAINT pk_notification_policy PRIMARY KEY (account)
);

CREATE TABLE notification_permission (
    account INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    CONSTRAINT pk_notification_permission PRIMARY KEY (account, sender)
) WITHOUT ROWID;

CREATE INDEX ix_notification_permission_sender ON notification_permission (sender);
