"""Whatever the API is asked, it answers, or says what is wrong with the question; it never breaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.incidents import Incident, open_incident
from include.settings import LakeSettings
from include.watch.lag_samples import LagSample, put
from tests.plugins.lakehouse.web.conftest import Client

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOCK = pa.timestamp("us", "UTC")
ODD = [
    *("../x", "..", ".", "gold.x; drop", "gold.'", 'gold."', "gold.é", "gold.²", "gold." + "a" * 3000, "gold.a\x00b", "%00", "{bucket}"),
    *("0000-01-01", "10000-01-01", "-0001-01-01", "9999-12-31T23:59:59.999999-23:59", "0001-01-01T00:00:00+23:59", "2026-02-30"),
    *("NaN", "nan", "inf", "-Infinity", "1e400", "-1", "0", "9" * 5000, "1.5", "0x10", "٣", "true", "null", "[]", "{}", "", " ", "\\"),
    *("253402300800", "-62135596801", "1e11", "99999999999999999999"),
]
PLACES = [
    *("tables", "tables/{}", "tables/{}/rows", "tables/gold.product_sales/rows", "tables/live.alerts/rows", "tables/ops.lag/rows"),
    *("feeds", "feeds/{}", "feeds/{}/bad", "feeds/clicks/bad", "feeds/clicks/drift", "lag", "lag/{}", "lag/clicks", "streams"),
    *("incidents", "alerts", "ledger", "dashboards", "dashboards/{}", "dashboards/crypto/{}", "dashboards/crypto/candles"),
]
NAMES = ["from", "to", "limit", "offset", "layer", "state", "system", "feed", "crypto"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TIMES = st.datetimes().map(datetime.isoformat) | st.datetimes(NOON.replace(tzinfo=None) - timedelta(days=3)).map(datetime.isoformat)
VALUES = (
    st.sampled_from(ODD) | TEXTS | TIMES | st.integers().map(str) | st.floats().map(str) | st.sampled_from(["gold", "crypto", "clicks"])
)
FOUND, SAYS_WHAT_IS_WRONG, WITHOUT_ITS_SLASH = 200, (404, 422), 307


@pytest.fixture
def filled(lake: LakeSettings) -> None:
    """A little of all that can be asked for."""
    of_day = {"event_date": [NOON.date()]}
    at = pa.array([NOON], CLOCK)
    held = {
        "gold.product_sales": {"product_id": ["a"], **of_day},
        "live.alerts": {"alert_id": ["a"], "system": ["crypto"], "event_time": at, "window_start": pa.array([None], CLOCK), **of_day},
        "ops.ledger_days": {"feed": ["clicks"], "state": ["final"], **of_day},
        "ops.drift": {"feed": ["clicks"], "field": ["f"], **of_day},
        "quarantine.clicks": {"reasons": [["r"]], **of_day},
        "live.crypto_ohlc_5m": {
            **({"crypto": ["BTC"], "window_start": at} | {name: [1.0] for name in ("open", "high", "low", "close", "market_cap")}),
            **of_day,
        },
    }
    for address, columns in held.items():
        write_deltalake(lake.table_uri(address), pa.table(columns), partition_by=["event_date"])
    put(lake, [LagSample("clicks", "id", 0, NOON, 0, 10, 5, 5, 1.0)])
    open_incident(lake, Incident("i", "critical", "c", "w", "what", "fix"))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.sampled_from(PLACES),
    which=VALUES,
    asked=st.dictionaries(st.sampled_from(NAMES) | TEXTS, VALUES, max_size=3),
)
def test_any_question_is_answered(client: Client, filled: None, place: str, which: str, asked: dict[str, str]) -> None:
    path = f"/api/v1/{place.format(quote(which, safe=''))}?{urlencode(asked)}"
    answer = client.get(path)
    if answer.status_code != WITHOUT_ITS_SLASH:
        assert answer.status_code in (FOUND, *SAYS_WHAT_IS_WRONG), path
        assert answer.status_code == FOUND or answer.json()["detail"], path
        answer.json()
