CREATE TABLE feed_source (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    etag TEXT NOT NULL,
    modified TEXT NOT NULL,
    due BIGINT NOT NULL,
    fetched BIGINT,
    failures INTEGER NOT NULL,
    problem TEXT,
    created BIGINT NOT NULL,
    CONSTRAINT pk_feed_source PRIMARY KEY (id),
    CONSTRAINT uq_feed_source_account UNIQUE (account)
);

CREATE TABLE feed_entry (
    source BIGINT NOT NULL,
    entry_key BYTEA NOT NULL,
    seen BIGINT NOT NULL,
    CONSTRAINT pk_feed_entry PRIMARY KEY (source, entry_key)
);

CREATE INDEX ix_feed_entry_source_seen ON feed_entry (source, seen);

ALTER TABLE feed_source ALTER COLUMN url SET STATISTICS 0;

ALTER TABLE feed_source ALTER COLUMN title SET STATISTICS 0;

ALTER TABLE feed_source ALTER COLUMN etag SET STATISTICS 0;

ALTER TABLE feed_source ALTER COLUMN modified SET STATISTICS 0;

ALTER TABLE feed_source ALTER COLUMN problem SET STATISTICS 0;
