CREATE TABLE feed_source (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    etag TEXT NOT NULL,
    modified TEXT NOT NULL,
    due INTEGER NOT NULL,
    fetched INTEGER,
    failures INTEGER NOT NULL,
    problem TEXT,
    created INTEGER NOT NULL,
    CONSTRAINT pk_feed_source PRIMARY KEY (id),
    CONSTRAINT uq_feed_source_account UNIQUE (account)
);

CREATE TABLE feed_entry (
    source INTEGER NOT NULL,
    entry_key BLOB NOT NULL,
    seen INTEGER NOT NULL,
    CONSTRAINT pk_feed_entry PRIMARY KEY (source, entry_key)
)
 WITHOUT ROWID;

CREATE INDEX ix_feed_entry_source_seen ON feed_entry (source, seen);
