CREATE TABLE announcement (
    id BIGINT NOT NULL,
    text TEXT NOT NULL,
    starts BIGINT,
    ends BIGINT,
    all_day BOOLEAN NOT NULL,
    published BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    CONSTRAINT pk_announcement PRIMARY KEY (id)
);

ALTER TABLE announcement ALTER COLUMN text SET STATISTICS 0;

CREATE TABLE announcement_dismissal (
    account BIGINT NOT NULL,
    announcement BIGINT NOT NULL,
    CONSTRAINT pk_announcement_dismissal PRIMARY KEY (account, announcement)
);

CREATE INDEX ix_announcement_dismissal_announcement ON announcement_dismissal (announcement);

CREATE TABLE announcement_reaction (
    announcement BIGINT NOT NULL,
    name TEXT NOT NULL,
    account BIGINT NOT NULL,
    id BIGINT NOT NULL,
    CONSTRAINT pk_announcement_reaction PRIMARY KEY (announcement, name, account)
);

ALTER TABLE announcement_reaction ALTER COLUMN name SET STATISTICS 0;
