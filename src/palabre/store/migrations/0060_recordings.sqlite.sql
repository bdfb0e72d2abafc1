ALTER TABLE attachment ADD COLUMN seconds DOUBLE;
ALTER TABLE attachment ADD COLUMN frame_rate TEXT DEFAULT '' NOT NULL;
ALTER TABLE attachment ADD COLUMN bitrate INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE attachment ADD COLUMN channels INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE attachment ADD COLUMN captions TEXT;
ALTER TABLE attachment ADD COLUMN captions_language TEXT DEFAULT '' NOT NULL;

CREATE INDEX ix_attachment_captions ON attachment (captions) WHERE captions IS NOT NULL;

CREATE TABLE unfinished_media (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    source TEXT NOT NULL,
    format TEXT NOT NULL,
    description TEXT NOT NULL,
    focus_x DOUBLE NOT NULL,
    focus_y DOUBLE NOT NULL,
    failure TEXT,
    created INTEGER NOT NULL,
    CONSTRAINT pk_unfinished_media PRIMARY KEY (id)
);

CREATE INDEX ix_unfinished_media_created ON unfinished_media (created);
