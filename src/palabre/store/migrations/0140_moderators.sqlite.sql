ALTER TABLE account ADD COLUMN limited BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE account ADD COLUMN sensitized BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE login ADD COLUMN disabled BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE report ADD COLUMN assigned INTEGER;

ALTER TABLE report ADD COLUMN updated INTEGER;

CREATE TABLE moderation_act (
    id INTEGER NOT NULL,
    actor INTEGER NOT NULL,
    act TEXT NOT NULL,
    target INTEGER NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    report INTEGER,
    created INTEGER NOT NULL,
    CONSTRAINT pk_moderation_act PRIMARY KEY (id)
);

CREATE INDEX ix_moderation_act_actor ON moderation_act (actor);

CREATE INDEX ix_moderation_act_target_id ON moderation_act (target, id);

CREATE INDEX ix_report_assigned ON report (assigned) WHERE assigned IS NOT NULL;
