CREATE TABLE app_token (
    session BIGINT NOT NULL,
    secret_key BYTEA NOT NULL,
    former_key BYTEA,
    arrived BOOLEAN NOT NULL,
    rotated BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    CONSTRAINT pk_app_token PRIMARY KEY (session),
    CONSTRAINT uq_app_token_secret_key UNIQUE (secret_key),
    CONSTRAINT uq_app_token_former_key UNIQUE (former_key)
);

CREATE INDEX ix_app_token_expires ON app_token (expires);

CREATE TABLE hand_over (
    code_key BYTEA NOT NULL,
    session BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    CONSTRAINT pk_hand_over PRIMARY KEY (code_key)
);

CREATE INDEX ix_hand_over_expires ON hand_over (expires);
