CREATE TABLE conversation (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    thread BIGINT NOT NULL,
    last_post BIGINT NOT NULL,
    unread BOOLEAN NOT NULL,
    CONSTRAINT pk_conversation PRIMARY KEY (id)
);

CREATE INDEX ix_conversation_account_last_post ON conversation (account, last_post);

CREATE INDEX ix_conversation_last_post ON conversation (last_post);

CREATE UNIQUE INDEX uq_conversation_account_thread ON conversation (account, thread);
