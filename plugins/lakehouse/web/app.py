"""Headwater's part of Airflow's web server: who may ask, and what errors become."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.core_api.security import requires_access_asset
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from include.errors import ContractError, HeadwaterError, NoSuchTable, SettingsError, StoreError, TopicError
from lakehouse.web.answers import Problem
from lakehouse.web.api import router

_STATUS: dict[type[HeadwaterError], int] = {NoSuchTable: 404, ContractError: 404, SettingsError: 503, StoreError: 503, TopicError: 503}
may_see_assets = requires_access_asset(method="GET")


def create_app() -> FastAPI:
    """The application, for Airflow to mount. A call without a login gets 401, one of somebody who may not see assets 403.

    Its description is at /api/openapi.json, for those who may call it. FastAPI's own pages load their scripts from elsewhere: not served.
    """
    closed = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    app = FastAPI(title="Headwater", version="1.0.0", dependencies=[Depends(may_see_assets)], **closed)
    app.include_router(router)
    app.add_exception_handler(HeadwaterError, _told)

    @app.get("/api/openapi.json", include_in_schema=False)
    def description() -> dict[str, Any]:
        return app.openapi()

    return app


async def _told(_: Request, error: HeadwaterError) -> JSONResponse:
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
    return JSONResponse(Problem(detail=error.what, fix=error.fix).model_dump(), status)
