CREATE TABLE server_block (
    id INTEGER NOT NULL,
    domain TEXT NOT NULL,
    severity TEXT NOT NULL,
    reject_media BOOLEAN NOT NULL,
    reject_reports BOOLEAN NOT NULL,
    private_comment TEXT NOT NULL,
    public_comment TEXT NOT NULL,
    obfuscate BOOLEAN NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_server_block PRIMARY KEY (id),
    CONSTRAINT uq_server_block_domain UNIQUE (domain)
);

CREATE TABLE server_allow (
    id INTEGER NOT NULL,
    domain TEXT NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_server_allow PRIMARY KEY (id),
    CONSTRAINT uq_server_allow_domain UNIQUE (domain)
);

CREATE TABLE server_mark (
    account INTEGER NOT NULL,
    severity TEXT NOT NULL,
    CONSTRAINT pk_server_mark PRIMARY KEY (account)
);
