ALTER TABLE post ADD COLUMN card INTEGER;
CREATE INDEX ix_post_card ON post (card) WHERE card IS NOT NULL;

CREATE TABLE link_card (
    id INTEGER NOT NULL,
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
    fetched INTEGER NOT NULL,
    CONSTRAINT pk_link_card PRIMARY KEY (id),
    CONSTRAINT uq_link_card_url UNIQUE (url)
);

CREATE INDEX ix_link_card_image ON link_card (image) WHERE image IS NOT NULL;
