CREATE TABLE beacon (
    only INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    issued INTEGER NOT NULL,
    body TEXT NOT NULL,
    places TEXT NOT NULL,
    CONSTRAINT pk_beacon PRIMARY KEY (only)
);

CREATE TABLE network_key (
    generation INTEGER NOT NULL,
    seed_sealed BLOB,
    link TEXT NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_network_key PRIMARY KEY (generation)
);
