#!/bin/sh
# PostgreSQL for Airflow's metadata, with the embedded stack's settings (local/parts/postgres.py). POSTGRES_PASSWORD is that of the user airflow.
set -eu
programs=/usr/lib/postgresql/15/bin
if [ ! -d /data/postgres ]; then # whole or not at all
    rm -rf /data/partial
    umask 077
    printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
    "$programs/initdb" --pgdata /data/partial --username airflow --auth scram-sha-256 --pwfile /tmp/password --encoding utf8 --locale C --no-sync
    rm /tmp/password
    echo 'host all all samenet scram-sha-256' >> /data/partial/pg_hba.conf
    sync
    mv /data/partial /data/postgres
fi
unset POSTGRES_PASSWORD
# A lock that a killed server left behind names a process of a container that is no more.
rm -f /data/postgres/postmaster.pid
exec "$programs/postgres" -D /data/postgres -p 5432 -h '*' -k '' \
    -c shared_buffers=64MB -c max_connections=120 -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB \
    -c max_parallel_workers_per_gather=0 -c jit=off -c timezone=UTC -c log_checkpoints=off
