CREATE TABLE app_token (
    session INTEGER NOT NULL,
    secret_key BLOB NOT NULL,
    former_key BLOB,
    arrived BOOLEAN NOT NULL,
    rotated INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    CONSTRAINT pk_app_token PRIMARY KEY (session),
    CONSTRAINT uq_app_token_secret_key UNIQUE (secret_key),
    CONSTRAINT uq_app_token_former_key UNIQUE (former_key)
);

CREATE INDEX ix_app_token_expires ON app_token (expires);

CREATE TABLE hand_over (
    code_key BLOB NOT NULL,
    session INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    CONSTRAINT pk_hand_over PRIMARY KEY (code_key)
);

CREATE INDEX ix_hand_over_expires ON hand_over (expires);
