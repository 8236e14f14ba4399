"""Tests that share one Kafka and one store: a package, so that pytest ends their stack after the last of them."""
