CREATE TABLE post_review (
    post BIGINT NOT NULL,
    trendable BOOLEAN NOT NULL,
    decided BIGINT NOT NULL,
    CONSTRAINT pk_post_review PRIMARY KEY (post)
);

CREATE TABLE link_review (
    card BIGINT NOT NULL,
    trendable BOOLEAN NOT NULL,
    decided BIGINT NOT NULL,
    CONSTRAINT pk_link_review PRIMARY KEY (card)
);

CREATE TABLE publisher_review (
    id BIGINT NOT NULL,
    domain TEXT NOT NULL,
    trendable BOOLEAN NOT NULL,
    decided BIGINT NOT NULL,
    CONSTRAINT pk_publisher_review PRIMARY KEY (id),
    CONSTRAINT uq_publisher_review_domain UNIQUE (domain)
);

CREATE INDEX ix_post_card_id ON post (card, id) WHERE card IS NOT NULL;

CREATE INDEX ix_post_id_linking ON post (id) WHERE card IS NOT NULL;

DROP INDEX ix_post_card;

ALTER TABLE publisher_review ALTER COLUMN domain SET STATISTICS 0;
