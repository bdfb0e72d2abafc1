CREATE TABLE account_list (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    title TEXT NOT NULL,
    replies TEXT NOT NULL,
    "exclusive" BOOLEAN NOT NULL,
    CONSTRAINT pk_account_list PRIMARY KEY (id)
);

CREATE INDEX ix_account_list_account_id ON account_list (account, id);

CREATE TABLE list_member (
    list INTEGER NOT NULL,
    account INTEGER NOT NULL,
    id INTEGER NOT NULL,
    CONSTRAINT pk_list_member PRIMARY KEY (list, account)
)
 WITHOUT ROWID;

CREATE INDEX ix_list_member_account ON list_member (account);

CREATE INDEX ix_list_member_list_id ON list_member (list, id);

CREATE TABLE account_note (
    account INTEGER NOT NULL,
    target INTEGER NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT pk_account_note PRIMARY KEY (account, target)
)
 WITHOUT ROWID;

CREATE TABLE domain_block (
    account INTEGER NOT NULL,
    domain TEXT NOT NULL,
    id INTEGER NOT NULL,
    CONSTRAINT pk_domain_block PRIMARY KEY (account, domain)
)
 WITHOUT ROWID;

CREATE INDEX ix_domain_block_account_id ON domain_block (account, id);

CREATE TABLE endorsement (
    account INTEGER NOT NULL,
    target INTEGER NOT NULL,
    id INTEGER NOT NULL,
    CONSTRAINT pk_endorsement PRIMARY KEY (account, target)
)
 WITHOUT ROWID;

CREATE INDEX ix_endorsement_account_id ON endorsement (account, id);

CREATE INDEX ix_endorsement_target ON endorsement (target);

CREATE TABLE followed_hashtag (
    account INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    name TEXT NOT NULL,
    id INTEGER NOT NULL,
    CONSTRAINT pk_followed_hashtag PRIMARY KEY (account, "key")
)
 WITHOUT ROWID;

CREATE INDEX ix_followed_hashtag_account_id ON followed_hashtag (account, id);

CREATE TABLE featured_hashtag (
    account INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    name TEXT NOT NULL,
    id INTEGER NOT NULL,
    CONSTRAINT pk_featured_hashtag PRIMARY KEY (account, "key")
)
 WITHOUT ROWID;

CREATE TABLE muted_thread (
    account INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    CONSTRAINT pk_muted_thread PRIMARY KEY (account, thread)
)
 WITHOUT ROWID;

CREATE INDEX ix_muted_thread_thread ON muted_thread (thread);

CREATE INDEX ix_account_domain_id ON account (domain, id) WHERE domain <> '';

CREATE INDEX ix_post_hashtag_author_hashtag ON post_hashtag (author, hashtag, post);
