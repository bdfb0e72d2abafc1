CREATE TABLE filter_keyword (
    id BIGINT NOT NULL,
    filter BIGINT NOT NULL,
    keyword TEXT NOT NULL,
    whole_word BOOLEAN NOT NULL,
    CONSTRAINT pk_filter_keyword PRIMARY KEY (id)
);

ALTER TABLE filter_keyword ALTER COLUMN keyword SET STATISTICS 0;

CREATE INDEX ix_filter_keyword_filter_id ON filter_keyword (filter, id);

CREATE TABLE filter_post (
    id BIGINT NOT NULL,
    filter BIGINT NOT NULL,
    post BIGINT NOT NULL,
    CONSTRAINT pk_filter_post PRIMARY KEY (id)
);

CREATE INDEX ix_filter_post_post ON filter_post (post);

CREATE UNIQUE INDEX uq_filter_post_filter_post ON filter_post (filter, post);

CREATE TABLE post_filter (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    title TEXT NOT NULL,
    contexts TEXT NOT NULL,
    act TEXT NOT NULL,
    expires BIGINT,
    CONSTRAINT pk_post_filter PRIMARY KEY (id)
);

ALTER TABLE post_filter ALTER COLUMN title SET STATISTICS 0;

ALTER TABLE post_filter ALTER COLUMN contexts SET STATISTICS 0;

ALTER TABLE post_filter ALTER COLUMN act SET STATISTICS 0;

CREATE INDEX ix_post_filter_account_id ON post_filter (account, id);
