ALTER TABLE account ADD COLUMN limited BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE account ADD COLUMN sensitized BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE login ADD COLUMN disabled BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE report ADD COLUMN assigned BIGINT;

ALTER TABLE report ADD COLUMN updated BIGINT;

CREATE TABLE moderation_act (
    id BIGINT NOT NULL,
    actor BIGINT NOT NULL,
    act TEXT NOT NULL,
    target BIGINT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    report BIGINT,
    created BIGINT NOT NULL,
    CONSTRAINT pk_moderation_act PRIMARY KEY (id)
);

ALTER TABLE moderation_act ALTER COLUMN act SET STATISTICS 0;

ALTER TABLE moderation_act ALTER COLUMN subject SET STATISTICS 0;

ALTER TABLE moderation_act ALTER COLUMN reason SET STATISTICS 0;

CREATE INDEX ix_moderation_act_actor ON moderation_act (actor);

CREATE INDEX ix_moderation_act_target_id ON moderation_act (target, id);

CREATE INDEX ix_report_assigned ON report (assigned) WHERE assigned IS NOT NULL;
