CREATE TABLE passkey (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    credential BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    sign_count BIGINT NOT NULL,
    host TEXT NOT NULL,
    name TEXT NOT NULL,
    created BIGINT NOT NULL,
    used BIGINT,
    CONSTRAINT pk_passkey PRIMARY KEY (id),
    CONSTRAINT uq_passkey_credential UNIQUE (credential)
);

CREATE INDEX ix_passkey_account ON passkey (account);
