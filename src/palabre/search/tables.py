"""The index of words. What the two databases do not share is written out here, once for each.

SQLite: an FTS5 table that keeps a term for each word (``markup.words.term_of``) and nothing else (``detail=none``, no
copy of the text), under small numbers, the places, whose posts ``search_post`` knows, 64 in a row (``store.places``).
The triggers take the terms of a post out in the transaction that deletes or edits it; ``secure-delete`` has FTS5
remove them from its pages instead of noting that they are gone.

PostgreSQL: the words of a post as a list of 32-bit numbers, while it lies loose; a GIN index never forgets a key that
it has had, so the words themselves must not be its keys. Most posts are bound in volumes (``search.volumes_sql``).
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, text

from palabre.store.metadata import METADATA, Flag, Identifier

search_post = Table(
    "search_post",
    METADATA,
    Identifier("doc", primary_key=True, comment="places, divided by 64: of the index; PostgreSQL: of all volumes"),
    Column("packed", LargeBinary, nullable=False, comment="the posts at these places: see store.places"),
)

search_author = Table(
    "search_author",
    METADATA,
    Identifier("author", primary_key=True, comment="whose public posts everybody may search"),
    sqlite_with_rowid=False,
)

search_filled = Table(
    "search_filled",
    METADATA,
    Identifier("one", primary_key=True),
    Flag("done"),
    Identifier("filled_to", server_default=text("0"), comment="the newest post that a filling has looked at"),
)

search_active = Table(
    "search_active",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("hour", comment="hours since 1970 of its last public post"),
    sqlite_with_rowid=False,
)
Index("ix_search_active_hour_account", search_active.c.hour, search_active.c.account)

search_dismissed = Table(
    "search_dismissed",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("target", primary_key=True, comment="whom the account does not want to be suggested"),
    sqlite_with_rowid=False,
)
Index("ix_search_dismissed_target", search_dismissed.c.target)

METADATA.info.setdefault("also", {}).setdefault("sqlite", []).append("""
CREATE VIRTUAL TABLE search_index USING fts5 (
    tokens, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '=_'"
);

INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);

CREATE TABLE search_leaving (
    doc INTEGER NOT NULL PRIMARY KEY,
    tokens TEXT NOT NULL
);

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
""")
METADATA.info["also"].setdefault("postgresql", []).append("""
CREATE TABLE search_loose (
    post BIGINT NOT NULL,
    words INTEGER[] NOT NULL,
    CONSTRAINT pk_search_loose PRIMARY KEY (post),
    CONSTRAINT search_loose_goes_with_post FOREIGN KEY (post) REFERENCES post (id) ON DELETE CASCADE
);

ALTER TABLE search_loose ALTER COLUMN words SET STATISTICS 0;

CREATE INDEX ix_search_loose_words ON search_loose USING gin (words) WITH (fastupdate = off);

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

CREATE FUNCTION search_forget_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_loose WHERE post = old.id;
    INSERT INTO search_gone (post) SELECT old.id
        WHERE EXISTS (SELECT FROM search_volume WHERE oldest <= old.id AND newest >= old.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER search_forgets_edited AFTER UPDATE OF text, warning, language ON post
    FOR EACH ROW EXECUTE FUNCTION search_forget_edited();

CREATE TRIGGER search_forgets_deleted AFTER DELETE ON post
    FOR EACH ROW WHEN (old.repost_of IS NULL) EXECUTE FUNCTION search_forget_edited();
""")
