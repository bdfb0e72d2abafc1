CREATE TABLE second_factor (
    account INTEGER NOT NULL,
    secret_sealed BLOB NOT NULL,
    last_step INTEGER NOT NULL,
    created INTEGER NOT NULL,
    confirmed INTEGER,
    CONSTRAINT pk_second_factor PRIMARY KEY (account)
);

CREATE TABLE recovery_code (
    account INTEGER NOT NULL,
    code_key BLOB NOT NULL,
    CONSTRAINT pk_recovery_code PRIMARY KEY (account, code_key)
) WITHOUT ROWID;

CREATE TABLE ceremony (
    secret_key BLOB NOT NULL,
    purpose TEXT NOT NULL,
    account INTEGER,
    challenge BLOB,
    tries INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    CONSTRAINT pk_ceremony PRIMARY KEY (secret_key)
);

CREATE INDEX ix_ceremony_account ON ceremony (account);

CREATE INDEX ix_ceremony_expires ON ceremony (expires);
