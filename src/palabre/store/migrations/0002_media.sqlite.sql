CREATE TABLE attachment (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    post INTEGER,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    file TEXT NOT NULL,
    preview TEXT NOT NULL,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    preview_width INTEGER NOT NULL,
    preview_height INTEGER NOT NULL,
    blurhash TEXT,
    description TEXT NOT NULL,
    focus_x DOUBLE NOT NULL,
    focus_y DOUBLE NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_attachment PRIMARY KEY (id),
    CONSTRAINT uq_attachment_file UNIQUE (file)
);

CREATE INDEX ix_attachment_post_position ON attachment (post, position) WHERE post IS NOT NULL;

CREATE INDEX ix_attachment_preview ON attachment (preview);

CREATE INDEX ix_attachment_unattached ON attachment (created) WHERE post IS NULL;
