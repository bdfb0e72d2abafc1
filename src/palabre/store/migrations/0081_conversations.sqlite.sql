CREATE TABLE conversation (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    last_post INTEGER NOT NULL,
    unread BOOLEAN NOT NULL,
    CONSTRAINT pk_conversation PRIMARY KEY (id)
);

CREATE INDEX ix_conversation_account_last_post ON conversation (account, last_post);

CREATE INDEX ix_conversation_last_post ON conversation (last_post);

CREATE UNIQUE INDEX uq_conversation_account_thread ON conversation (account, thread);
