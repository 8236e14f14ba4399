#!/bin/sh
# The master or a worker of the standalone cluster. Its secret comes by environment (_SPARK_AUTH_SECRET), never as an argument.
set -eu
export SPARK_DAEMON_MEMORY=256m # not for the Connect server, which would take it for its own
properties=/tmp/spark.properties
printf '%s\n' 'spark.authenticate true' 'spark.network.crypto.enabled true' 'spark.ui.killEnabled false' 'spark.master.rest.enabled false' \
    'spark.deploy.recoveryMode FILESYSTEM' 'spark.deploy.recoveryDirectory /state' > "$properties"
case "$1" in
master)
    # A new master finds its workers and applications again by what the former one wrote down.
    exec "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.master.Master --host spark-master --port 7077 --webui-port 8080 \
        --properties-file "$properties"
    ;;
worker)
    # What the executors of applications that have ended left behind goes after an hour.
    printf '%s\n' 'spark.worker.cleanup.enabled true' 'spark.worker.cleanup.interval 600' 'spark.worker.cleanup.appDataTtl 3600' >> "$properties"
    exec "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.worker.Worker --webui-port 8081 --work-dir /scratch/work \
        --properties-file "$properties" "$SPARK_MASTER_URL"
    ;;
esac
