CREATE TABLE hashtag_review (
    hashtag BIGINT NOT NULL,
    trendable BOOLEAN NOT NULL,
    decided BIGINT NOT NULL,
    CONSTRAINT pk_hashtag_review PRIMARY KEY (hashtag)
);
