"""Tests that share one Airflow: a package, so that pytest ends its stack after the last of them."""
