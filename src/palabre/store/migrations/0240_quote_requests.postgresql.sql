CREATE TABLE quote_request (
    post BIGINT NOT NULL,
    owner BIGINT NOT NULL,
    writer BIGINT NOT NULL,
    quoted BIGINT NOT NULL,
    CONSTRAINT pk_quote_request PRIMARY KEY (post)
);

CREATE INDEX ix_quote_request_owner_post ON quote_request (owner, post);

CREATE INDEX ix_quote_request_writer_owner ON quote_request (writer, owner);

CREATE INDEX ix_quote_request_quoted ON quote_request (quoted);
