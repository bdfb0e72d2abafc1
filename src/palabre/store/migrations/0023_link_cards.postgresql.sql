ALTER TABLE post ADD COLUMN card BIGINT;
CREATE INDEX ix_post_card ON post (card) WHERE card IS NOT NULL;

CREATE TABLE link_card (
    id BIGINT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    author TEXT NOT NULL,
    provider TEXT NOT NULL,
    published TEXT,
    image TEXT,
    image_description TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    blurhash TEXT,
    fetched BIGINT NOT NULL,
    CONSTRAINT pk_link_card PRIMARY KEY (id),
    CONSTRAINT uq_link_card_url UNIQUE (url)
);

ALTER TABLE link_card ALTER COLUMN url SET STATISTICS 0;

ALTER TABLE link_card ALTER COLUMN title SET STATISTICS 0;

ALTER TABLE link_card ALTER COLUMN description SET STATISTICS 0;

ALTER TABLE link_card ALTER COLUMN author SET STATISTICS 0;

ALTER TABLE link_card ALTER COLUMN provider SET STATISTICS 0;

ALTER TABLE link_card ALTER COLUMN published SET STATISTICS 0;

ALTER TABLE link_card ALTER COLUMN image SET STATISTICS 0;

ALTER TABLE link_card ALTER COLUMN image_description SET STATISTICS 0;

ALTER TABLE link_card ALTER COLUMN blurhash SET STATISTICS 0;

CREATE INDEX ix_link_card_image ON link_card (image) WHERE image IS NOT NULL;
