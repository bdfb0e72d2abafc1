-- SQLite packs what is in these columns; here nobody reads them.
ALTER TABLE search_post DROP COLUMN post, DROP COLUMN traits;
