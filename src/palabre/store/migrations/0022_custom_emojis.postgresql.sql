CREATE TABLE custom_emoji (
    id BIGINT NOT NULL,
    shortcode TEXT NOT NULL,
    file TEXT NOT NULL,
    still TEXT NOT NULL,
    category TEXT,
    visible BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_custom_emoji PRIMARY KEY (id),
    CONSTRAINT uq_custom_emoji_shortcode UNIQUE (shortcode)
);

ALTER TABLE custom_emoji ALTER COLUMN shortcode SET STATISTICS 0;

ALTER TABLE custom_emoji ALTER COLUMN file SET STATISTICS 0;

ALTER TABLE custom_emoji ALTER COLUMN still SET STATISTICS 0;

ALTER TABLE custom_emoji ALTER COLUMN category SET STATISTICS 0;
