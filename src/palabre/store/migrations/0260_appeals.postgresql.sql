CREATE TABLE appeal (
    act BIGINT NOT NULL,
    account BIGINT NOT NULL,
    text TEXT NOT NULL,
    created BIGINT NOT NULL,
    decided BIGINT,
    decided_by BIGINT,
    agreed BOOLEAN NOT NULL,
    CONSTRAINT pk_appeal PRIMARY KEY (act)
);

CREATE INDEX ix_appeal_account ON appeal (account);

CREATE INDEX ix_appeal_open ON appeal (act) WHERE decided IS NULL;

CREATE INDEX ix_appeal_closed ON appeal (act) WHERE decided IS NOT NULL;

CREATE INDEX ix_appeal_decided_by ON appeal (decided_by) WHERE decided_by IS NOT NULL;
