-- What is in the index lies loose at first; the server binds it in volumes, one after the other, while it runs.
ALTER TABLE search_post DROP COLUMN post, DROP COLUMN traits;

ALTER TABLE search_post RENAME TO search_loose;

ALTER TABLE search_loose RENAME COLUMN doc TO post;

ALTER TABLE search_loose ALTER COLUMN words DROP DEFAULT;

ALTER TABLE search_loose RENAME CONSTRAINT pk_search_post TO pk_search_loose;

ALTER TABLE search_loose RENAME CONSTRAINT search_post_goes_with_post TO search_loose_goes_with_post;

ALTER INDEX ix_search_post_words RENAME TO ix_search_loose_words;

CREATE TABLE search_post (
    doc BIGINT NOT NULL,
    packed BYTEA NOT NULL,
    CONSTRAINT pk_search_post PRIMARY KEY (doc)
);

CREATE TABLE search_volume (
    volume INTEGER NOT NULL,
    oldest BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    gone BOOLEAN NOT NULL,
    CONSTRAINT pk_search_volume PRIMARY KEY (volume)
);

CREATE TABLE search_page (
    volume INTEGER NOT NULL,
    word INTEGER NOT NULL,
    page BYTEA NOT NULL,
    CONSTRAINT pk_search_page PRIMARY KEY (volume, word)
);

ALTER TABLE search_page ALTER COLUMN page SET STORAGE PLAIN;

ALTER TABLE search_page ALTER COLUMN page SET STATISTICS 0;

CREATE TABLE search_gone (
    post BIGINT NOT NULL,
    CONSTRAINT pk_search_gone PRIMARY KEY (post)
);

CREATE OR REPLACE FUNCTION search_forget_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_loose WHERE post = old.id;
    INSERT INTO search_gone (post) SELECT old.id
        WHERE EXISTS (SELECT FROM search_volume WHERE oldest <= old.id AND newest >= old.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER search_forgets_deleted AFTER DELETE ON post
    FOR EACH ROW WHEN (old.repost_of IS NULL) EXECUTE FUNCTION search_forget_edited();
