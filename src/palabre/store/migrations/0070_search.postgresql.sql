CREATE TABLE search_active (
    account BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    CONSTRAINT pk_search_active PRIMARY KEY (account)
);

CREATE TABLE search_author (
    author BIGINT NOT NULL,
    CONSTRAINT pk_search_author PRIMARY KEY (author)
);

CREATE TABLE search_dismissed (
    account BIGINT NOT NULL,
    target BIGINT NOT NULL,
    CONSTRAINT pk_search_dismissed PRIMARY KEY (account, target)
);

CREATE TABLE search_filled (
    one BIGINT NOT NULL,
    done BOOLEAN NOT NULL,
    CONSTRAINT pk_search_filled PRIMARY KEY (one)
);

CREATE TABLE search_post (
    doc BIGINT NOT NULL,
    post BIGINT NOT NULL,
    traits INTEGER NOT NULL,
    CONSTRAINT pk_search_post PRIMARY KEY (doc)
);

CREATE INDEX ix_search_active_hour_account ON search_active (hour, account);

ALTER TABLE search_post ADD COLUMN words INTEGER[] NOT NULL DEFAULT '{}';

ALTER TABLE search_post ALTER COLUMN words SET STATISTICS 0;

ALTER TABLE search_post ADD CONSTRAINT search_post_goes_with_post
    FOREIGN KEY (doc) REFERENCES post (id) ON DELETE CASCADE;

CREATE INDEX ix_search_post_words ON search_post USING gin (words) WITH (fastupdate = off);

CREATE FUNCTION search_forget_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_post WHERE doc = old.id;
    RETURN NULL;
END $$;

CREATE TRIGGER search_forgets_edited AFTER UPDATE OF text, warning, language ON post
    FOR EACH ROW EXECUTE FUNCTION search_forget_edited();
