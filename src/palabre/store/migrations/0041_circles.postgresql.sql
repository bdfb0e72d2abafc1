CREATE TABLE account_list (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    title TEXT NOT NULL,
    replies TEXT NOT NULL,
    exclusive BOOLEAN NOT NULL,
    CONSTRAINT pk_account_list PRIMARY KEY (id)
);

ALTER TABLE account_list ALTER COLUMN title SET STATISTICS 0;

ALTER TABLE account_list ALTER COLUMN replies SET STATISTICS 0;

CREATE INDEX ix_account_list_account_id ON account_list (account, id);

CREATE TABLE list_member (
    list BIGINT NOT NULL,
    account BIGINT NOT NULL,
    id BIGINT NOT NULL,
    CONSTRAINT pk_list_member PRIMARY KEY (list, account)
);

CREATE INDEX ix_list_member_account ON list_member (account);

CREATE INDEX ix_list_member_list_id ON list_member (list, id);

CREATE TABLE account_note (
    account BIGINT NOT NULL,
    target BIGINT NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT pk_account_note PRIMARY KEY (account, target)
);

ALTER TABLE account_note ALTER COLUMN text SET STATISTICS 0;

CREATE TABLE domain_block (
    account BIGINT NOT NULL,
    domain TEXT NOT NULL,
    id BIGINT NOT NULL,
    CONSTRAINT pk_domain_block PRIMARY KEY (account, domain)
);

ALTER TABLE domain_block ALTER COLUMN domain SET STATISTICS 0;

CREATE INDEX ix_domain_block_account_id ON domain_block (account, id);

CREATE TABLE endorsement (
    account BIGINT NOT NULL,
    target BIGINT NOT NULL,
    id BIGINT NOT NULL,
    CONSTRAINT pk_endorsement PRIMARY KEY (account, target)
);

CREATE INDEX ix_endorsement_account_id ON endorsement (account, id);

CREATE INDEX ix_endorsement_target ON endorsement (target);

CREATE TABLE followed_hashtag (
    account BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    id BIGINT NOT NULL,
    CONSTRAINT pk_followed_hashtag PRIMARY KEY (account, key)
);

ALTER TABLE followed_hashtag ALTER COLUMN key SET STATISTICS 0;

ALTER TABLE followed_hashtag ALTER COLUMN name SET STATISTICS 0;

CREATE INDEX ix_followed_hashtag_account_id ON followed_hashtag (account, id);

CREATE TABLE featured_hashtag (
    account BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    id BIGINT NOT NULL,
    CONSTRAINT pk_featured_hashtag PRIMARY KEY (account, key)
);

ALTER TABLE featured_hashtag ALTER COLUMN key SET STATISTICS 0;

ALTER TABLE featured_hashtag ALTER COLUMN name SET STATISTICS 0;

CREATE TABLE muted_thread (
    account BIGINT NOT NULL,
    thread BIGINT NOT NULL,
    CONSTRAINT pk_muted_thread PRIMARY KEY (account, thread)
);

CREATE INDEX ix_muted_thread_thread ON muted_thread (thread);

CREATE INDEX ix_account_domain_id ON account (domain, id) WHERE domain <> '';

CREATE INDEX ix_post_hashtag_author_hashtag ON post_hashtag (author, hashtag, post);
