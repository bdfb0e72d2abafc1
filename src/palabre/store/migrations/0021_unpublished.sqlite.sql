ALTER TABLE attachment ADD COLUMN held BOOLEAN DEFAULT false NOT NULL;

CREATE TABLE unpublished (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    due INTEGER,
    content TEXT NOT NULL,
    changed INTEGER NOT NULL,
    CONSTRAINT pk_unpublished PRIMARY KEY (id)
);

CREATE INDEX ix_unpublished_account_id ON unpublished (account, id);
