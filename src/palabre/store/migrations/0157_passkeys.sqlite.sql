CREATE TABLE passkey (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    credential BLOB NOT NULL,
    public_key BLOB NOT NULL,
    sign_count INTEGER NOT NULL,
    host TEXT NOT NULL,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER,
    CONSTRAINT pk_passkey PRIMARY KEY (id),
    CONSTRAINT uq_passkey_credential UNIQUE (credential)
);

CREATE INDEX ix_passkey_account ON passkey (account);
