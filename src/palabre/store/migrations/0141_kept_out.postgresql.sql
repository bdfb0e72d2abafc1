CREATE TABLE email_block (
    id BIGINT NOT NULL,
    email_key BYTEA NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_email_block PRIMARY KEY (id),
    CONSTRAINT uq_email_block_email_key UNIQUE (email_key)
);

CREATE TABLE email_domain_block (
    id BIGINT NOT NULL,
    domain TEXT NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_email_domain_block PRIMARY KEY (id),
    CONSTRAINT uq_email_domain_block_domain UNIQUE (domain)
);

ALTER TABLE email_domain_block ALTER COLUMN domain SET STATISTICS 0;

CREATE TABLE ip_block (
    id BIGINT NOT NULL,
    network TEXT NOT NULL,
    severity TEXT NOT NULL,
    comment TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT,
    CONSTRAINT pk_ip_block PRIMARY KEY (id),
    CONSTRAINT uq_ip_block_network UNIQUE (network)
);

ALTER TABLE ip_block ALTER COLUMN network SET STATISTICS 0;

ALTER TABLE ip_block ALTER COLUMN severity SET STATISTICS 0;

ALTER TABLE ip_block ALTER COLUMN comment SET STATISTICS 0;

CREATE INDEX ix_ip_block_expires ON ip_block (expires);
