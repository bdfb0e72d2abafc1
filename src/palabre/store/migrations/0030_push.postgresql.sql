CREATE TABLE push_subscription (
    id BIGINT NOT NULL,
    token BIGINT NOT NULL,
    account BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    alerts TEXT NOT NULL,
    policy TEXT NOT NULL,
    standard BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_push_subscription PRIMARY KEY (id),
    CONSTRAINT uq_push_subscription_token UNIQUE (token)
);

ALTER TABLE push_subscription ALTER COLUMN alerts SET STATISTICS 0;

ALTER TABLE push_subscription ALTER COLUMN policy SET STATISTICS 0;

CREATE INDEX ix_push_subscription_account ON push_subscription (account);
