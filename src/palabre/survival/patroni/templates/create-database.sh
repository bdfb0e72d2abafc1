#!/bin/sh
# Makes the user and the database of Palabre. Patroni calls it once, on the first machine, with the address of the new
# cluster. Goes to @etc@/create-database.sh on both PostgreSQL machines, readable by postgres only.
set -eu
exec @bin@/psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$1" <<'SQL'
CREATE ROLE palabre LOGIN PASSWORD '@application_password@';
-- So that `palabre doctor` and the metrics see the standbys.
GRANT pg_monitor TO palabre;
CREATE DATABASE palabre OWNER palabre TEMPLATE template0 ENCODING 'UTF8';
SQL
