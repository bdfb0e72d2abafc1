CREATE TABLE collection (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    language TEXT,
    hashtag TEXT,
    sensitive BOOLEAN NOT NULL,
    discoverable BOOLEAN NOT NULL,
    updated BIGINT NOT NULL,
    CONSTRAINT pk_collection PRIMARY KEY (id)
);

ALTER TABLE collection ALTER COLUMN name SET STATISTICS 0;

ALTER TABLE collection ALTER COLUMN description SET STATISTICS 0;

ALTER TABLE collection ALTER COLUMN language SET STATISTICS 0;

ALTER TABLE collection ALTER COLUMN hashtag SET STATISTICS 0;

CREATE INDEX ix_collection_account_id ON collection (account, id);

CREATE TABLE collection_item (
    id BIGINT NOT NULL,
    collection BIGINT NOT NULL,
    account BIGINT NOT NULL,
    withdrawn BOOLEAN NOT NULL,
    CONSTRAINT pk_collection_item PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_collection_item_collection_account ON collection_item (collection, account);

CREATE INDEX ix_collection_item_account_id ON collection_item (account, id);
