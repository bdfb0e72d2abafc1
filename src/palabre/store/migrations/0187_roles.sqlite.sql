ALTER TABLE account ADD COLUMN role TEXT DEFAULT 'member' NOT NULL;

UPDATE account SET role = (SELECT login.role FROM login WHERE login.account = account.id)
WHERE id IN (SELECT login.account FROM login WHERE login.role <> 'member');

ALTER TABLE login DROP COLUMN role;
