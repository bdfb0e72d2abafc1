ALTER TABLE session ADD COLUMN browser INTEGER;

CREATE INDEX ix_session_browser ON session (browser) WHERE browser IS NOT NULL;
