CREATE TABLE search_active (
    account INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    CONSTRAINT pk_search_active PRIMARY KEY (account)
)
 WITHOUT ROWID;

CREATE TABLE search_author (
    author INTEGER NOT NULL,
    CONSTRAINT pk_search_author PRIMARY KEY (author)
)
 WITHOUT ROWID;

CREATE TABLE search_dismissed (
    account INTEGER NOT NULL,
    target INTEGER NOT NULL,
    CONSTRAINT pk_search_dismissed PRIMARY KEY (account, target)
)
 WITHOUT ROWID;

CREATE TABLE search_filled (
    one INTEGER NOT NULL,
    done BOOLEAN NOT NULL,
    CONSTRAINT pk_search_filled PRIMARY KEY (one)
);

CREATE TABLE search_post (
    doc INTEGER NOT NULL,
    post INTEGER NOT NULL,
    traits INTEGER NOT NULL,
    CONSTRAINT pk_search_post PRIMARY KEY (doc)
);

CREATE INDEX ix_search_active_hour_account ON search_active (hour, account);

CREATE VIRTUAL TABLE search_index USING fts5 (
    tokens, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '=_'"
);

INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);

CREATE TABLE search_leaving (
    doc INTEGER NOT NULL PRIMARY KEY,
    tokens TEXT NOT NULL
);

CREATE TRIGGER search_forgets_deleted AFTER DELETE ON post WHEN old.repost_of IS NULL BEGIN
    INSERT INTO search_leaving
        SELECT doc, palabre_tokens(old.text, old.warning, old.language, old.author, traits) FROM search_post
        WHERE post = old.id AND doc IN (
            SELECT rowid FROM search_index WHERE search_index MATCH palabre_place(old.text, old.warning, old.author)
        );
    INSERT INTO search_index (search_index, rowid, tokens) SELECT 'delete', doc, tokens FROM search_leaving;
    DELETE FROM search_post WHERE doc IN (SELECT doc FROM search_leaving);
    DELETE FROM search_leaving;
END;

CREATE TRIGGER search_forgets_edited AFTER UPDATE OF text, warning, language ON post WHEN old.repost_of IS NULL BEGIN
    INSERT INTO search_leaving
        SELECT doc, palabre_tokens(old.text, old.warning, old.language, old.author, traits) FROM search_post
        WHERE post = old.id AND doc IN (
            SELECT rowid FROM search_index WHERE search_index MATCH palabre_place(old.text, old.warning, old.author)
        );
    INSERT INTO search_index (search_index, rowid, tokens) SELECT 'delete', doc, tokens FROM search_leaving;
    DELETE FROM search_post WHERE doc IN (SELECT doc FROM search_leaving);
    DELETE FROM search_leaving;
END;
