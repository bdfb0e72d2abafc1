-- The index is written anew, with a term for each word, at the same places: about two minutes for a million posts.
DROP TRIGGER search_forgets_deleted;
DROP TRIGGER search_forgets_edited;
ALTER TABLE search_post RENAME TO search_post_before;
DROP TABLE search_index;

CREATE TABLE search_post (
    doc INTEGER NOT NULL,
    packed BLOB NOT NULL,
    CONSTRAINT pk_search_post PRIMARY KEY (doc)
);

CREATE VIRTUAL TABLE search_index USING fts5 (
    tokens, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '=_'"
);

INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);

INSERT INTO search_index (rowid, tokens)
    SELECT s.doc, palabre_tokens(p.text, p.warning, p.language, p.author, s.traits)
    FROM search_post_before s CROSS JOIN post p ON p.id = s.post ORDER BY s.doc;

INSERT INTO search_post (doc, packed)
    SELECT s.doc >> 6, palabre_packed_list(group_concat(s.doc || ',' || s.post || ',' || s.traits))
    FROM search_post_before s CROSS JOIN post p ON p.id = s.post GROUP BY s.doc >> 6;

INSERT INTO search_index (search_index) VALUES ('optimize');

DROP TABLE search_post_before;

CREATE TRIGGER search_forgets_deleted AFTER DELETE ON post WHEN old.repost_of IS NULL BEGIN
    INSERT INTO search_leaving SELECT i.rowid,
        palabre_tokens(old.text, old.warning, old.language, old.author, palabre_traits_at(s.packed, i.rowid))
        FROM search_index i CROSS JOIN search_post s ON s.doc = i.rowid >> 6
        WHERE i.search_index MATCH palabre_place(old.text, old.warning, old.author)
        AND palabre_post_at(s.packed, i.rowid) = old.id;
    INSERT INTO search_index (search_index, rowid, tokens) SELECT 'delete', doc, tokens FROM search_leaving;
    INSERT OR REPLACE INTO search_post SELECT s.doc, coalesce(palabre_without(s.packed, l.doc), X'')
        FROM search_leaving l JOIN search_post s ON s.doc = l.doc >> 6;
    DELETE FROM search_post WHERE doc IN (SELECT doc >> 6 FROM search_leaving) AND packed = X'';
    DELETE FROM search_leaving;
END;

CREATE TRIGGER search_forgets_edited AFTER UPDATE OF text, warning, language ON post WHEN old.repost_of IS NULL BEGIN
    INSERT INTO search_leaving SELECT i.rowid,
        palabre_tokens(old.text, old.warning, old.language, old.author, palabre_traits_at(s.packed, i.rowid))
        FROM search_index i CROSS JOIN search_post s ON s.doc = i.rowid >> 6
        WHERE i.search_index MATCH palabre_place(old.text, old.warning, old.author)
        AND palabre_post_at(s.packed, i.rowid) = old.id;
    INSERT INTO search_index (search_index, rowid, tokens) SELECT 'delete', doc, tokens FROM search_leaving;
    INSERT OR REPLACE INTO search_post SELECT s.doc, coalesce(palabre_without(s.packed, l.doc), X'')
        FROM search_leaving l JOIN search_post s ON s.doc = l.doc >> 6;
    DELETE FROM search_post WHERE doc IN (SELECT doc >> 6 FROM search_leaving) AND packed = X'';
    DELETE FROM search_leaving;
END;
