ALTER TABLE post ADD COLUMN reply_policy TEXT DEFAULT 'all' NOT NULL;
ALTER TABLE post ADD COLUMN hidden BOOLEAN DEFAULT false NOT NULL;
CREATE INDEX ix_post_thread_id_waiting ON post (thread, id) WHERE visibility = 'waiting';

CREATE TABLE reply_request (
    post BIGINT NOT NULL,
    owner BIGINT NOT NULL,
    writer BIGINT NOT NULL,
    reply_state TEXT NOT NULL,
    visibility TEXT NOT NULL,
    decided BIGINT,
    CONSTRAINT pk_reply_request PRIMARY KEY (post)
);

CREATE INDEX ix_reply_request_owner_reply_state_post ON reply_request (owner, reply_state, post);

CREATE INDEX ix_reply_request_owner_writer_reply_state_post ON reply_request (owner, writer, reply_state, post);

CREATE INDEX ix_reply_request_writer_post ON reply_request (writer, post);

CREATE TABLE reply_rule (
    owner BIGINT NOT NULL,
    writer BIGINT NOT NULL,
    reply_state TEXT NOT NULL,
    CONSTRAINT pk_reply_rule PRIMARY KEY (owner, writer)
);

CREATE INDEX ix_reply_rule_writer ON reply_rule (writer);
