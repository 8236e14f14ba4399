#!/bin/sh
# One component of Airflow: api-server, scheduler, dag-processor or triggerer.
set -eu
mkdir -p "$AIRFLOW_HOME"
case "$1" in
api-server)
    umask 077
    printf '{"%s": "%s"}\n' "$AIRFLOW_USERNAME" "$AIRFLOW_PASSWORD" > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
    unset AIRFLOW_PASSWORD
    umask 022
    # The others begin when this one is healthy.
    python -m airflow db migrate
    ;;
scheduler)
    # Spark's client sends its token without TLS to `localhost` alone.
    socat TCP-LISTEN:15002,bind=127.0.0.1,fork,reuseaddr TCP:spark-connect:15002 &
    set -- "$@" --skip-serve-logs
    ;;
triggerer) set -- "$@" --skip-serve-logs ;;
esac
exec python -m airflow "$@"
