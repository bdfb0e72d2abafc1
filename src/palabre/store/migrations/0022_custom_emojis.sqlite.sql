CREATE TABLE custom_emoji (
    id INTEGER NOT NULL,
    shortcode TEXT NOT NULL,
    file TEXT NOT NULL,
    still TEXT NOT NULL,
    category TEXT,
    visible BOOLEAN NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_custom_emoji PRIMARY KEY (id),
    CONSTRAINT uq_custom_emoji_shortcode UNIQUE (shortcode)
);
