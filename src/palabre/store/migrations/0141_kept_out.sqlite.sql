CREATE TABLE email_block (
    id INTEGER NOT NULL,
    email_key BLOB NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_email_block PRIMARY KEY (id),
    CONSTRAINT uq_email_block_email_key UNIQUE (email_key)
);

CREATE TABLE email_domain_block (
    id INTEGER NOT NULL,
    domain TEXT NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_email_domain_block PRIMARY KEY (id),
    CONSTRAINT uq_email_domain_block_domain UNIQUE (domain)
);

CREATE TABLE ip_block (
    id INTEGER NOT NULL,
    network TEXT NOT NULL,
    severity TEXT NOT NULL,
    comment TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    CONSTRAINT pk_ip_block PRIMARY KEY (id),
    CONSTRAINT uq_ip_block_network UNIQUE (network)
);

CREATE INDEX ix_ip_block_expires ON ip_block (expires);
