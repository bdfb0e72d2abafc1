CREATE TABLE export_run (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    state TEXT NOT NULL,
    total INTEGER,
    done INTEGER NOT NULL,
    size INTEGER,
    error TEXT,
    created INTEGER NOT NULL,
    finished INTEGER,
    expires INTEGER,
    CONSTRAINT pk_export_run PRIMARY KEY (id)
);

CREATE INDEX ix_export_run_account_id ON export_run (account, id);
