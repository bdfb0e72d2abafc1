CREATE TABLE filter_keyword (
    id INTEGER NOT NULL,
    filter INTEGER NOT NULL,
    keyword TEXT NOT NULL,
    whole_word BOOLEAN NOT NULL,
    CONSTRAINT pk_filter_keyword PRIMARY KEY (id)
);

CREATE INDEX ix_filter_keyword_filter_id ON filter_keyword (filter, id);

CREATE TABLE filter_post (
    id INTEGER NOT NULL,
    filter INTEGER NOT NULL,
    post INTEGER NOT NULL,
    CONSTRAINT pk_filter_post PRIMARY KEY (id)
);

CREATE INDEX ix_filter_post_post ON filter_post (post);

CREATE UNIQUE INDEX uq_filter_post_filter_post ON filter_post (filter, post);

CREATE TABLE post_filter (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    title TEXT NOT NULL,
    contexts TEXT NOT NULL,
    act TEXT NOT NULL,
    expires INTEGER,
    CONSTRAINT pk_post_filter PRIMARY KEY (id)
);

CREATE INDEX ix_post_filter_account_id ON post_filter (account, id);
