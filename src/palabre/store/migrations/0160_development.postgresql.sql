ALTER TABLE app ADD COLUMN owner BIGINT;

CREATE INDEX ix_app_owner ON app (owner) WHERE owner IS NOT NULL;

ALTER TABLE oauth_token ADD COLUMN name TEXT;

ALTER TABLE oauth_token ADD COLUMN used BIGINT;

CREATE INDEX ix_oauth_token_app ON oauth_token (app) WHERE app IS NOT NULL;

ALTER TABLE oauth_token ALTER COLUMN name SET STATISTICS 0;
