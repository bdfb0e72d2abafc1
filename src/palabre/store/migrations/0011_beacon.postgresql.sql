CREATE TABLE beacon (
    "only" INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    issued BIGINT NOT NULL,
    body TEXT NOT NULL,
    places TEXT NOT NULL,
    CONSTRAINT pk_beacon PRIMARY KEY ("only")
);

ALTER TABLE beacon ALTER COLUMN body SET STATISTICS 0;

ALTER TABLE beacon ALTER COLUMN places SET STATISTICS 0;

CREATE TABLE network_key (
    generation INTEGER NOT NULL,
    seed_sealed BYTEA,
    link TEXT NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_network_key PRIMARY KEY (generation)
);

ALTER TABLE network_key ALTER COLUMN link SET STATISTICS 0;
