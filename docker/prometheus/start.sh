#!/bin/sh
# Prometheus with the configuration beside this file: its target becomes METRICS_TARGET, and METRICS_TOKEN the file that it names.
set -eu
umask 077
sed "s/127\.0\.0\.1:8080/$METRICS_TARGET/" /opt/prometheus/prometheus.yml > /tmp/prometheus.yml
printf '%s' "$METRICS_TOKEN" > /tmp/headwater-token
unset METRICS_TOKEN
exec prometheus --config.file=/tmp/prometheus.yml --storage.tsdb.path=/data --storage.tsdb.retention.time=15d --web.listen-address=:9090
