ALTER TABLE unfinished_media ADD COLUMN poster TEXT;
ALTER TABLE unfinished_media ADD COLUMN poster_width INTEGER NOT NULL DEFAULT 0;
ALTER TABLE unfinished_media ADD COLUMN poster_height INTEGER NOT NULL DEFAULT 0;
ALTER TABLE unfinished_media ADD COLUMN poster_blurhash TEXT;
