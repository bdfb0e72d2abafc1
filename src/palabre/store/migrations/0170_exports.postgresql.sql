CREATE TABLE export_run (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    state TEXT NOT NULL,
    total BIGINT,
    done BIGINT NOT NULL,
    size BIGINT,
    error TEXT,
    created BIGINT NOT NULL,
    finished BIGINT,
    expires BIGINT,
    CONSTRAINT pk_export_run PRIMARY KEY (id)
);

CREATE INDEX ix_export_run_account_id ON export_run (account, id);
