ALTER TABLE search_filled ADD COLUMN filled_to INTEGER DEFAULT 0 NOT NULL;

UPDATE search_filled SET filled_to = coalesce((SELECT max(id) FROM post), 0);
