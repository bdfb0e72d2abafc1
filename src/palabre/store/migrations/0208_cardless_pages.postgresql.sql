CREATE TABLE cardless_page (
	url TEXT NOT NULL, 
	until BIGINT NOT NULL, 
	CONSTRAINT pk_cardless_page PRIMARY KEY (url)
);
CREATE INDEX ix_cardless_page_until ON cardless_page (until);
