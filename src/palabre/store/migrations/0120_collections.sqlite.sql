CREATE TABLE collection (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    language TEXT,
    hashtag TEXT,
    sensitive BOOLEAN NOT NULL,
    discoverable BOOLEAN NOT NULL,
    updated INTEGER NOT NULL,
    CONSTRAINT pk_collection PRIMARY KEY (id)
);

CREATE INDEX ix_collection_account_id ON collection (account, id);

CREATE TABLE collection_item (
    id INTEGER NOT NULL,
    collection INTEGER NOT NULL,
    account INTEGER NOT NULL,
    withdrawn BOOLEAN NOT NULL,
    CONSTRAINT pk_collection_item PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_collection_item_collection_account ON collection_item (collection, account);

CREATE INDEX ix_collection_item_account_id ON collection_item (account, id);
