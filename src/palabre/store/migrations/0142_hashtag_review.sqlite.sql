CREATE TABLE hashtag_review (
    hashtag INTEGER NOT NULL,
    trendable BOOLEAN NOT NULL,
    decided INTEGER NOT NULL,
    CONSTRAINT pk_hashtag_review PRIMARY KEY (hashtag)
);
