CREATE TABLE import_item (
    account INTEGER NOT NULL,
    "key" INTEGER NOT NULL,
    post INTEGER,
    CONSTRAINT pk_import_item PRIMARY KEY (account, "key")
)
 WITHOUT ROWID;

CREATE TABLE import_run (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    source TEXT,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    durable BOOLEAN NOT NULL,
    total INTEGER,
    done INTEGER NOT NULL,
    added INTEGER NOT NULL,
    place INTEGER NOT NULL,
    left_out TEXT NOT NULL,
    listed TEXT NOT NULL,
    error TEXT,
    created INTEGER NOT NULL,
    finished INTEGER,
    CONSTRAINT pk_import_run PRIMARY KEY (id)
);

CREATE INDEX ix_import_run_account_id ON import_run (account, id);

CREATE TABLE import_waiting (
    account INTEGER NOT NULL,
    tie TEXT NOT NULL,
    target TEXT NOT NULL,
    choices TEXT NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_import_waiting PRIMARY KEY (account, tie, target)
)
 WITHOUT ROWID;
