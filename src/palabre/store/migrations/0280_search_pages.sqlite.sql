-- Only PostgreSQL has pages of volumes, and there they are written in another way from now on.
DROP TABLE IF EXISTS search_page;
