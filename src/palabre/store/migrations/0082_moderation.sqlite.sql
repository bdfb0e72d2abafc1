CREATE TABLE rule (
    id INTEGER NOT NULL,
    text TEXT NOT NULL,
    hint TEXT NOT NULL,
    translations TEXT NOT NULL,
    CONSTRAINT pk_rule PRIMARY KEY (id)
);

CREATE TABLE report (
    id INTEGER NOT NULL,
    reporter INTEGER NOT NULL,
    target INTEGER NOT NULL,
    category TEXT NOT NULL,
    comment TEXT NOT NULL,
    posts TEXT NOT NULL,
    rules TEXT NOT NULL,
    created INTEGER NOT NULL,
    closed INTEGER,
    closed_by INTEGER,
    CONSTRAINT pk_report PRIMARY KEY (id)
);

CREATE INDEX ix_report_closed ON report (id) WHERE closed IS NOT NULL;

CREATE INDEX ix_report_open ON report (id) WHERE closed IS NULL;

CREATE INDEX ix_report_reporter_id ON report (reporter, id);

CREATE INDEX ix_report_target_id ON report (target, id);
