CREATE TABLE incoming_webhook (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    secret_key BLOB NOT NULL,
    visibility TEXT NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER,
    CONSTRAINT pk_incoming_webhook PRIMARY KEY (id),
    CONSTRAINT uq_incoming_webhook_secret_key UNIQUE (secret_key)
);

CREATE INDEX ix_incoming_webhook_account ON incoming_webhook (account);

CREATE TABLE webhook (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    for_admins BOOLEAN NOT NULL,
    events TEXT NOT NULL,
    sealed BLOB NOT NULL,
    state TEXT NOT NULL,
    failing_since INTEGER,
    created INTEGER NOT NULL,
    CONSTRAINT pk_webhook PRIMARY KEY (id)
);

CREATE INDEX ix_webhook_account ON webhook (account);

CREATE INDEX ix_webhook_for_admins_id ON webhook (for_admins, id);

CREATE TABLE webhook_delivery (
    id INTEGER NOT NULL,
    webhook INTEGER NOT NULL,
    event TEXT NOT NULL,
    subject INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    status INTEGER,
    problem TEXT,
    outcome TEXT NOT NULL,
    created INTEGER NOT NULL,
    tried INTEGER,
    CONSTRAINT pk_webhook_delivery PRIMARY KEY (id)
);

CREATE INDEX ix_webhook_delivery_webhook_id ON webhook_delivery (webhook, id);
