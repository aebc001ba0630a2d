-- Rises with each change of where an external instance is, and how to log in: nodes keep their
-- connections while it stays.
ALTER TABLE redis_instances ADD COLUMN generation INTEGER DEFAULT 0 NOT NULL;
