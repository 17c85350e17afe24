-- The roles and the database of Junheng on a PostgreSQL of your own, once, as a superuser (services/adr/0015-row-security.md):
--   JUNHENG_OWNER_PASSWORD=... JUNHENG_DATABASE_PASSWORD=... psql -v ON_ERROR_STOP=1 -d postgres -f deploy/postgresql/roles.sql
\getenv owner_password JUNHENG_OWNER_PASSWORD
\getenv service_password JUNHENG_DATABASE_PASSWORD
-- What services and readers may do is granted to these two by `junheng migrate`.
CREATE ROLE junheng_service NOLOGIN;
CREATE ROLE junheng_reader NOLOGIN;
-- Owns the tables: `junheng migrate`, `junheng backup`, `junheng audit prune`. No service logs in as it.
CREATE ROLE junheng_owner LOGIN PASSWORD :'owner_password';
-- The login of the services: no table is its own, and row-level security holds it.
CREATE ROLE junheng LOGIN PASSWORD :'service_password' IN ROLE junheng_service;
CREATE DATABASE junheng OWNER junheng_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
