CREATE TABLE cardless_page (
	url TEXT NOT NULL, 
	until INTEGER NOT NULL, 
	PRIMARY KEY (url)
) WITHOUT ROWID;
CREATE INDEX ix_cardless_page_until ON cardless_page (until);
