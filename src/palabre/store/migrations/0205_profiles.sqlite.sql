ALTER TABLE account ADD COLUMN shows INTEGER DEFAULT 15 NOT NULL;
ALTER TABLE account ADD COLUMN attribution_domains TEXT DEFAULT '[]' NOT NULL;
ALTER TABLE link_card ADD COLUMN language TEXT;
ALTER TABLE link_card ADD COLUMN creator INTEGER;
CREATE INDEX ix_link_card_creator ON link_card (creator) WHERE creator IS NOT NULL;
