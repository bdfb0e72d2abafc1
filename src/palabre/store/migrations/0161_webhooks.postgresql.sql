CREATE TABLE incoming_webhook (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    name TEXT NOT NULL,
    secret_key BYTEA NOT NULL,
    visibility TEXT NOT NULL,
    created BIGINT NOT NULL,
    used BIGINT,
    CONSTRAINT pk_incoming_webhook PRIMARY KEY (id),
    CONSTRAINT uq_incoming_webhook_secret_key UNIQUE (secret_key)
);

CREATE INDEX ix_incoming_webhook_account ON incoming_webhook (account);

CREATE TABLE webhook (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    for_admins BOOLEAN NOT NULL,
    events TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    state TEXT NOT NULL,
    failing_since BIGINT,
    created BIGINT NOT NULL,
    CONSTRAINT pk_webhook PRIMARY KEY (id)
);

CREATE INDEX ix_webhook_account ON webhook (account);

CREATE INDEX ix_webhook_for_admins_id ON webhook (for_admins, id);

CREATE TABLE webhook_delivery (
    id BIGINT NOT NULL,
    webhook BIGINT NOT NULL,
    event TEXT NOT NULL,
    subject BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    status INTEGER,
    problem TEXT,
    outcome TEXT NOT NULL,
    created BIGINT NOT NULL,
    tried BIGINT,
    CONSTRAINT pk_webhook_delivery PRIMARY KEY (id)
);

CREATE INDEX ix_webhook_delivery_webhook_id ON webhook_delivery (webhook, id);

ALTER TABLE incoming_webhook ALTER COLUMN name SET STATISTICS 0;

ALTER TABLE incoming_webhook ALTER COLUMN visibility SET STATISTICS 0;

ALTER TABLE webhook ALTER COLUMN events SET STATISTICS 0;

ALTER TABLE webhook ALTER COLUMN state SET STATISTICS 0;

ALTER TABLE webhook_delivery ALTER COLUMN event SET STATISTICS 0;

ALTER TABLE webhook_delivery ALTER COLUMN problem SET STATISTICS 0;

ALTER TABLE webhook_delivery ALTER COLUMN outcome SET STATISTICS 0;
