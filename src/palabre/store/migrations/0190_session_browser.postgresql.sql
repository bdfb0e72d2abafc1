ALTER TABLE session ADD COLUMN browser BIGINT;

CREATE INDEX ix_session_browser ON session (browser) WHERE browser IS NOT NULL;
