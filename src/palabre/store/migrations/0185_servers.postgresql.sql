CREATE TABLE server_block (
    id BIGINT NOT NULL,
    domain TEXT NOT NULL,
    severity TEXT NOT NULL,
    reject_media BOOLEAN NOT NULL,
    reject_reports BOOLEAN NOT NULL,
    private_comment TEXT NOT NULL,
    public_comment TEXT NOT NULL,
    obfuscate BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_server_block PRIMARY KEY (id),
    CONSTRAINT uq_server_block_domain UNIQUE (domain)
);

ALTER TABLE server_block ALTER COLUMN domain SET STATISTICS 0;

ALTER TABLE server_block ALTER COLUMN severity SET STATISTICS 0;

ALTER TABLE server_block ALTER COLUMN private_comment SET STATISTICS 0;

ALTER TABLE server_block ALTER COLUMN public_comment SET STATISTICS 0;

CREATE TABLE server_allow (
    id BIGINT NOT NULL,
    domain TEXT NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_server_allow PRIMARY KEY (id),
    CONSTRAINT uq_server_allow_domain UNIQUE (domain)
);

ALTER TABLE server_allow ALTER COLUMN domain SET STATISTICS 0;

CREATE TABLE server_mark (
    account BIGINT NOT NULL,
    severity TEXT NOT NULL,
    CONSTRAINT pk_server_mark PRIMARY KEY (account)
);

ALTER TABLE server_mark ALTER COLUMN severity SET STATISTICS 0;
