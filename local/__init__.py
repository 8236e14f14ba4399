"""The embedded stack: Kafka, an S3 store, Spark Connect, Airflow and a mail catcher as plain processes of one machine."""
