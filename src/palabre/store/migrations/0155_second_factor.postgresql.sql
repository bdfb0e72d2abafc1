CREATE TABLE second_factor (
    account BIGINT NOT NULL,
    secret_sealed BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    created BIGINT NOT NULL,
    confirmed BIGINT,
    CONSTRAINT pk_second_factor PRIMARY KEY (account)
);

CREATE TABLE recovery_code (
    account BIGINT NOT NULL,
    code_key BYTEA NOT NULL,
    CONSTRAINT pk_recovery_code PRIMARY KEY (account, code_key)
);

CREATE TABLE ceremony (
    secret_key BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    account BIGINT,
    challenge BYTEA,
    tries INTEGER NOT NULL,
    expires BIGINT NOT NULL,
    CONSTRAINT pk_ceremony PRIMARY KEY (secret_key)
);

CREATE INDEX ix_ceremony_account ON ceremony (account);

CREATE INDEX ix_ceremony_expires ON ceremony (expires);
