CREATE TABLE gone_name (
    name_key BYTEA NOT NULL,
    CONSTRAINT pk_gone_name PRIMARY KEY (name_key)
);
