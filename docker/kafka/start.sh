#!/bin/sh
# One broker that is a controller, too. KAFKA_NODE_ID, KAFKA_HOST (its name in the network), KAFKA_OUTSIDE_PORT (published on 127.0.0.1),
# KAFKA_CLUSTER_ID, KAFKA_REPLICATION (copies of Kafka's own topics), KAFKA_MEMORY_MB. Node 1 begins the cluster, others join it.
set -eu
config=/tmp/server.properties
in_sync=$((KAFKA_REPLICATION > 1 ? KAFKA_REPLICATION - 1 : 1))
{
    cat /opt/kafka/server.properties
    cat <<PROPERTIES
node.id=$KAFKA_NODE_ID
controller.quorum.bootstrap.servers=kafka:9093
controller.quorum.auto.join.enable=$([ "$KAFKA_NODE_ID" = 1 ] && echo false || echo true)
listeners=CLIENT://:9092,OUTSIDE://:19092,CONTROLLER://:9093
advertised.listeners=CLIENT://$KAFKA_HOST:9092,OUTSIDE://127.0.0.1:$KAFKA_OUTSIDE_PORT,CONTROLLER://$KAFKA_HOST:9093
log.dirs=/data/logs
offsets.topic.replication.factor=$KAFKA_REPLICATION
transaction.state.log.replication.factor=$KAFKA_REPLICATION
transaction.state.log.min.isr=$in_sync
share.coordinator.state.topic.replication.factor=$KAFKA_REPLICATION
share.coordinator.state.topic.min.isr=$in_sync
PROPERTIES
} > "$config"
run() {
    exec /opt/java/bin/java "-Xmx${KAFKA_MEMORY_MB}m" -Xms256m -XX:+UseG1GC -XX:MaxGCPauseMillis=50 -XX:TieredStopAtLevel=4 \
        -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true -Dlog4j2.configurationFile=/opt/kafka/kafka_log4j2.properties \
        -cp '/opt/kafka/lib/*' "$@"
}
if [ ! -f /data/logs/meta.properties ]; then
    as=$([ "$KAFKA_NODE_ID" = 1 ] && echo --standalone || echo --no-initial-controllers)
    (run kafka.tools.StorageTool format "$as" --ignore-formatted --cluster-id "$KAFKA_CLUSTER_ID" --config "$config")
fi
run kafka.Kafka "$config"
