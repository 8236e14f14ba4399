-- The database that gold is published to (docs/serving.md): its owner, a user that only reads, and the schema `gold`. By psql, as a
-- superuser, with both passwords in the environment; running it again changes the passwords and nothing else. PostgreSQL 15 or newer.
\set ON_ERROR_STOP on
\getenv publisher_password SERVING_PUBLISHER_PASSWORD
\getenv reader_password SERVING_READER_PASSWORD

SELECT 'CREATE ROLE headwater_publisher' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'headwater_publisher') \gexec
SELECT 'CREATE ROLE headwater_reader' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'headwater_reader') \gexec
ALTER ROLE headwater_publisher LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'publisher_password';
-- So many connections that a server which others use too has some left for them.
ALTER ROLE headwater_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 20 PASSWORD :'reader_password';
ALTER ROLE headwater_reader SET default_transaction_read_only = on;

SELECT 'CREATE DATABASE serving OWNER headwater_publisher' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'serving') \gexec
REVOKE ALL ON DATABASE serving FROM PUBLIC;
GRANT CONNECT ON DATABASE serving TO headwater_reader;

\connect serving
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS gold AUTHORIZATION headwater_publisher;
GRANT USAGE ON SCHEMA gold TO headwater_reader;
-- What is there, and what will be.
GRANT SELECT ON ALL TABLES IN SCHEMA gold TO headwater_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE headwater_publisher IN SCHEMA gold GRANT SELECT ON TABLES TO headwater_reader;
