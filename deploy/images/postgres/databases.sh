#!/bin/sh
# Runs once, when the data directory is new: one database and one role for each service, closed to the others.
set -eu

make_database() {
    # The password reaches psql as a variable, so no character in it can end the statement.
    psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
        --set "name=$1" --set "password=$2" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
}

make_database projects "$DUBAN_PROJECTS_DATABASE_PASSWORD"
make_database energy "$DUBAN_ENERGY_DATABASE_PASSWORD"
make_database alerts "$DUBAN_ALERTS_DATABASE_PASSWORD"
