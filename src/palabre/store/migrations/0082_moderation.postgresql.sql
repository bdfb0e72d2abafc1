CREATE TABLE rule (
    id BIGINT NOT NULL,
    text TEXT NOT NULL,
    hint TEXT NOT NULL,
    translations TEXT NOT NULL,
    CONSTRAINT pk_rule PRIMARY KEY (id)
);

ALTER TABLE rule ALTER COLUMN text SET STATISTICS 0;

ALTER TABLE rule ALTER COLUMN hint SET STATISTICS 0;

ALTER TABLE rule ALTER COLUMN translations SET STATISTICS 0;

CREATE TABLE report (
    id BIGINT NOT NULL,
    reporter BIGINT NOT NULL,
    target BIGINT NOT NULL,
    category TEXT NOT NULL,
    comment TEXT NOT NULL,
    posts TEXT NOT NULL,
    rules TEXT NOT NULL,
    created BIGINT NOT NULL,
    closed BIGINT,
    closed_by BIGINT,
    CONSTRAINT pk_report PRIMARY KEY (id)
);

ALTER TABLE report ALTER COLUMN category SET STATISTICS 0;

ALTER TABLE report ALTER COLUMN comment SET STATISTICS 0;

ALTER TABLE report ALTER COLUMN posts SET STATISTICS 0;

ALTER TABLE report ALTER COLUMN rules SET STATISTICS 0;

CREATE INDEX ix_report_closed ON report (id) WHERE closed IS NOT NULL;

CREATE INDEX ix_report_open ON report (id) WHERE closed IS NULL;

CREATE INDEX ix_report_reporter_id ON report (reporter, id);

CREATE INDEX ix_report_target_id ON report (target, id);
