CREATE TABLE announcement (
    id INTEGER NOT NULL,
    text TEXT NOT NULL,
    starts INTEGER,
    ends INTEGER,
    all_day BOOLEAN NOT NULL,
    published INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    CONSTRAINT pk_announcement PRIMARY KEY (id)
);

CREATE TABLE announcement_dismissal (
    account INTEGER NOT NULL,
    announcement INTEGER NOT NULL,
    CONSTRAINT pk_announcement_dismissal PRIMARY KEY (account, announcement)
)
 WITHOUT ROWID;

CREATE INDEX ix_announcement_dismissal_announcement ON announcement_dismissal (announcement);

CREATE TABLE announcement_reaction (
    announcement INTEGER NOT NULL,
    name TEXT NOT NULL,
    account INTEGER NOT NULL,
    id INTEGER NOT NULL,
    CONSTRAINT pk_announcement_reaction PRIMARY KEY (announcement, name, account)
)
 WITHOUT ROWID;
