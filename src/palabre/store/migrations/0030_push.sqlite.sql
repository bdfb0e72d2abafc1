CREATE TABLE push_subscription (
    id INTEGER NOT NULL,
    token INTEGER NOT NULL,
    account INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    alerts TEXT NOT NULL,
    policy TEXT NOT NULL,
    standard BOOLEAN NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_push_subscription PRIMARY KEY (id),
    CONSTRAINT uq_push_subscription_token UNIQUE (token)
);

CREATE INDEX ix_push_subscription_account ON push_subscription (account);
