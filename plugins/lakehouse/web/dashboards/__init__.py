"""The dashboards: one a system."""

from __future__ import annotations

from collections.abc import Mapping

from lakehouse.web.dashboards import clickstream, commerce, crypto, planets, smart_city
from lakehouse.web.dashboards.model import Dashboard

DASHBOARDS: Mapping[str, Dashboard] = {
    "smart_city": smart_city.DASHBOARD,
    "crypto": crypto.DASHBOARD,
    "commerce": commerce.DASHBOARD,
    "clickstream": clickstream.DASHBOARD,
    "planets": planets.DASHBOARD,
}
