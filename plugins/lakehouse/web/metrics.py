"""/metrics: what Prometheus asks. For whoever may see assets, and for who sends the token that is made for scraping: Airflow's own tokens
last for a day."""

from __future__ import annotations

import os
from hmac import compare_digest
from typing import Annotated

from airflow.api_fastapi.core_api.security import bearer_scheme, get_user, requires_access_asset
from fastapi import APIRouter, Depends, Header, Response
from fastapi.requests import Request

from include.declared_settings import read
from include.metrics.exposition import exposition
from include.settings import LakeSettings
from include.watch.settings import MetricsSettings

_may_see_assets = requires_access_asset(method="GET")


async def may_scrape(request: Request) -> None:
    """Refuses with 401 or 403 who is neither."""
    token, bearer = read(MetricsSettings, os.environ).token, await bearer_scheme(request)
    if token and bearer is not None and compare_digest(bearer.credentials.encode(), token.encode()):
        return
    _may_see_assets(request, await get_user(request, None, bearer))


router = APIRouter(include_in_schema=False, dependencies=[Depends(may_scrape)])


@router.get("/metrics")
def show_metrics(accept: Annotated[str, Header()] = "") -> Response:
    """The metrics of all feeds, streams, tables and incidents."""
    content, content_type = exposition(LakeSettings.from_environment(), accept)
    return Response(content, headers={"Content-Type": content_type})
