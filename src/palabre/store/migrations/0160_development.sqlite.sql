ALTER TABLE app ADD COLUMN owner INTEGER;

CREATE INDEX ix_app_owner ON app (owner) WHERE owner IS NOT NULL;

ALTER TABLE oauth_token ADD COLUMN name TEXT;

ALTER TABLE oauth_token ADD COLUMN used INTEGER;

CREATE INDEX ix_oauth_token_app ON oauth_token (app) WHERE app IS NOT NULL;
