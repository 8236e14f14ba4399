"""What Prometheus is told: of the lag, the incidents, the stream drivers and the tables, from what the lake has of them. Kafka is not
asked, and no Spark. `docs/metrics.md` lists them all.

Names and units are Prometheus' own: seconds, bytes, times in seconds since 1970, `_total` for what only grows until its driver starts anew.
"""
