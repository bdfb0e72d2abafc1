ALTER TABLE post ADD COLUMN quotes_count INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE post ADD COLUMN quote_policy TEXT DEFAULT 'nobody' NOT NULL;
ALTER TABLE post ADD COLUMN quote_of INTEGER;
ALTER TABLE post ADD COLUMN quote_state TEXT;
ALTER TABLE post ADD COLUMN quote_grant INTEGER;
ALTER TABLE post ADD COLUMN ups INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE post ADD COLUMN downs INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE post ADD COLUMN parts INTEGER DEFAULT 0 NOT NULL;
CREATE INDEX ix_post_quote_of_id ON post (quote_of, id) WHERE quote_of IS NOT NULL;

ALTER TABLE viewer_post ADD COLUMN voted INTEGER;
ALTER TABLE viewer_post ADD COLUMN pinned INTEGER;
CREATE INDEX ix_viewer_post_account_pinned ON viewer_post (account, pinned) WHERE pinned IS NOT NULL;
CREATE INDEX ix_viewer_post_post_voted ON viewer_post (post, voted) WHERE voted IS NOT NULL;

CREATE TABLE poll (
    post INTEGER NOT NULL,
    multiple BOOLEAN NOT NULL,
    hide_totals BOOLEAN NOT NULL,
    expires INTEGER NOT NULL,
    voters INTEGER NOT NULL,
    CONSTRAINT pk_poll PRIMARY KEY (post)
);

CREATE TABLE poll_choice (
    post INTEGER NOT NULL,
    place INTEGER NOT NULL,
    title TEXT NOT NULL,
    votes INTEGER NOT NULL,
    CONSTRAINT pk_poll_choice PRIMARY KEY (post, place)
)
 WITHOUT ROWID;

CREATE TABLE post_version (
    id INTEGER NOT NULL,
    post INTEGER NOT NULL,
    created INTEGER NOT NULL,
    text TEXT NOT NULL,
    entities TEXT NOT NULL,
    mentions TEXT NOT NULL,
    warning TEXT NOT NULL,
    sensitive BOOLEAN NOT NULL,
    media TEXT NOT NULL,
    choices TEXT NOT NULL,
    CONSTRAINT pk_post_version PRIMARY KEY (id)
);

CREATE INDEX ix_post_version_post_id ON post_version (post, id);
