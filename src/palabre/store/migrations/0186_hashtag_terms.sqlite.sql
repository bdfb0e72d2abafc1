ALTER TABLE hashtag ADD COLUMN usable BOOLEAN DEFAULT true NOT NULL;

ALTER TABLE hashtag ADD COLUMN listable BOOLEAN DEFAULT true NOT NULL;

CREATE INDEX ix_hashtag_unusable ON hashtag ("key") WHERE NOT usable;
