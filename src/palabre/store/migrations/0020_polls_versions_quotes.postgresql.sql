ALTER TABLE post ADD COLUMN quotes_count INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE post ADD COLUMN quote_policy TEXT DEFAULT 'nobody' NOT NULL;
ALTER TABLE post ADD COLUMN quote_of BIGINT;
ALTER TABLE post ADD COLUMN quote_state TEXT;
ALTER TABLE post ADD COLUMN quote_grant BIGINT;
ALTER TABLE post ADD COLUMN ups INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE post ADD COLUMN downs INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE post ADD COLUMN parts INTEGER DEFAULT 0 NOT NULL;
CREATE INDEX ix_post_quote_of_id ON post (quote_of, id) WHERE quote_of IS NOT NULL;

ALTER TABLE viewer_post ADD COLUMN voted BIGINT;
ALTER TABLE viewer_post ADD COLUMN pinned BIGINT;
CREATE INDEX ix_viewer_post_account_pinned ON viewer_post (account, pinned) WHERE pinned IS NOT NULL;
CREATE INDEX ix_viewer_post_post_voted ON viewer_post (post, voted) WHERE voted IS NOT NULL;

CREATE TABLE poll (
    post BIGINT NOT NULL,
    multiple BOOLEAN NOT NULL,
    hide_totals BOOLEAN NOT NULL,
    expires BIGINT NOT NULL,
    voters INTEGER NOT NULL,
    CONSTRAINT pk_poll PRIMARY KEY (post)
);

CREATE TABLE poll_choice (
    post BIGINT NOT NULL,
    place INTEGER NOT NULL,
    title TEXT NOT NULL,
    votes INTEGER NOT NULL,
    CONSTRAINT pk_poll_choice PRIMARY KEY (post, place)
);

ALTER TABLE poll_choice ALTER COLUMN title SET STATISTICS 0;

CREATE TABLE post_version (
    id BIGINT NOT NULL,
    post BIGINT NOT NULL,
    created BIGINT NOT NULL,
    text TEXT NOT NULL,
    entities TEXT NOT NULL,
    mentions TEXT NOT NULL,
    warning TEXT NOT NULL,
    sensitive BOOLEAN NOT NULL,
    media TEXT NOT NULL,
    choices TEXT NOT NULL,
    CONSTRAINT pk_post_version PRIMARY KEY (id)
);

ALTER TABLE post_version ALTER COLUMN text SET STATISTICS 0;

ALTER TABLE post_version ALTER COLUMN entities SET STATISTICS 0;

ALTER TABLE post_version ALTER COLUMN mentions SET STATISTICS 0;

ALTER TABLE post_version ALTER COLUMN warning SET STATISTICS 0;

ALTER TABLE post_version ALTER COLUMN media SET STATISTICS 0;

ALTER TABLE post_version ALTER COLUMN choices SET STATISTICS 0;

CREATE INDEX ix_post_version_post_id ON post_version (post, id);
