CREATE TABLE import_item (
    account BIGINT NOT NULL,
    key BIGINT NOT NULL,
    post BIGINT,
    CONSTRAINT pk_import_item PRIMARY KEY (account, key)
);

CREATE TABLE import_run (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    source TEXT,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    durable BOOLEAN NOT NULL,
    total BIGINT,
    done BIGINT NOT NULL,
    added BIGINT NOT NULL,
    place BIGINT NOT NULL,
    left_out TEXT NOT NULL,
    listed TEXT NOT NULL,
    error TEXT,
    created BIGINT NOT NULL,
    finished BIGINT,
    CONSTRAINT pk_import_run PRIMARY KEY (id)
);

CREATE INDEX ix_import_run_account_id ON import_run (account, id);

CREATE TABLE import_waiting (
    account BIGINT NOT NULL,
    tie TEXT NOT NULL,
    target TEXT NOT NULL,
    choices TEXT NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_import_waiting PRIMARY KEY (account, tie, target)
);
