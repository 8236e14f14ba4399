"""Settings that several concerns read, declared once."""

from __future__ import annotations

from pathlib import Path

from include.declared_settings import REQUIRED, Reader, Setting

_LAKE = (Reader.STREAMS, Reader.BATCH, Reader.AIRFLOW, Reader.PAGE, Reader.METRICS, Reader.LINEAGE, Reader.COMMAND)
_MADE = "`make up` makes one, see .headwater/env; or set your own"

HOME = Setting(
    "HEADWATER_HOME",
    None,
    "data, logs, pid files and credentials of one embedded stack",
    (Reader.STACK, Reader.COMMAND, Reader.AIRFLOW),
    kind=Path,
    unset="`<clone>/.headwater`",
)
LOG_DIRECTORY = Setting(
    "HEADWATER_LOG_DIR",
    Path("logs"),
    "the folder of the drivers' logs, and of the events of lineage that go to no other place",
    (Reader.STREAMS, Reader.AIRFLOW, Reader.LINEAGE),
    unset="`logs`, and no lineage",
)
FREE_DISK = Setting(
    "HEADWATER_FREE_DISK_MB",
    2048,
    "with less free disk `up` refuses to start, and on what runs an incident opens; at twice that, a warning",
    (Reader.STACK, Reader.AIRFLOW),
    unit="MB",
    least=0,
    most=10**9,
)
PRICE_API = Setting(
    "CRYPTO_API_URL",
    REQUIRED,
    "the price API that the crypto poller asks; each record's header `source` says which",
    (Reader.POLLER, Reader.STACK),
    pattern=r"https?://\S+",
    form="https://api.coingecko.com/api/v3 for the real one, or the address of a stand-in",
)
# Secrets of an embedded stack that others read too: there they come from elsewhere.
S3_SECRET = Setting("AWS_SECRET_ACCESS_KEY", REQUIRED, "the secret of that key", _LAKE, unset=_MADE, secret=True)
AIRFLOW_PASSWORD = Setting("AIRFLOW_PASSWORD", REQUIRED, "the password that goes with it", (Reader.COMMAND,), unset=_MADE, secret=True)
PLANETS_TOKEN = Setting(
    "PLANETS_API_TOKEN",
    REQUIRED,
    "the token that lets clients send: without one anybody could",
    (Reader.PLANETS_API,),
    unset=_MADE,
    secret=True,
)
METRICS_TOKEN = Setting(
    "METRICS_TOKEN",
    "",
    "the token of a scraper; it may read the metrics beside whoever may see assets in Airflow",
    (Reader.METRICS,),
    unset="only Airflow's login counts",
    secret=True,
)
