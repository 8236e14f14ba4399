"""silver.server_metrics → gold.server_load_1m, one row a server and minute with samples; live.server_load_1m is the same of what has
arrived."""

from __future__ import annotations

from jobs.common.load import load

server_load_1m = load(minutes=1)
