CREATE TABLE annual_report (
    account INTEGER NOT NULL,
    year INTEGER NOT NULL,
    seen BOOLEAN NOT NULL,
    CONSTRAINT pk_annual_report PRIMARY KEY (account, year)
)
 WITHOUT ROWID;
