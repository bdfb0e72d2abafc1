ALTER TABLE attachment ADD COLUMN held BOOLEAN DEFAULT false NOT NULL;

CREATE TABLE unpublished (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    due BIGINT,
    content TEXT NOT NULL,
    changed BIGINT NOT NULL,
    CONSTRAINT pk_unpublished PRIMARY KEY (id)
);

ALTER TABLE unpublished ALTER COLUMN content SET STATISTICS 0;

CREATE INDEX ix_unpublished_account_id ON unpublished (account, id);
