"""Headwater's part of Airflow's web server: who may ask, and what errors become."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.core_api.security import requires_access_asset
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse

from include.errors import ContractError, HeadwaterError, NoSuchTable, SettingsError, StoreError, TopicError
from lakehouse.web import actions, metrics, page_files
from lakehouse.web.answers import Problem
from lakehouse.web.api import dashboards, feeds, tables, watching
from lakehouse.web.api.parameters import only_known_parameters

_STATUS: dict[type[HeadwaterError], int] = {NoSuchTable: 404, ContractError: 404, SettingsError: 503, StoreError: 503, TopicError: 503}
_ALWAYS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Log in to Airflow, or send its token."},
    403: {"description": "Whoever asks may not see assets in Airflow."},
    503: {"model": Problem},
}
may_see_assets = requires_access_asset(method="GET")


def create_app() -> FastAPI:
    """The application, for Airflow to mount. A call without a login gets 401, one of somebody who may not see assets 403.

    Its description is at /api/openapi.json, for those who may call it. FastAPI's own pages load their scripts from elsewhere: not served.
    """
    closed = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    from deltalake.exceptions import DeltaError

    app = FastAPI(title="Headwater", version="1.0.0", **closed)
    guarded = APIRouter(dependencies=[Depends(may_see_assets)])
    version_1 = APIRouter(prefix="/api/v1", responses=_ALWAYS)
    for router in (tables.router, watching.router, feeds.router, actions.about_me):
        version_1.include_router(router, dependencies=[Depends(only_known_parameters)])
    version_1.include_router(dashboards.router)  # whose parameters are its filters
    for router in (version_1, actions.router, page_files.router):
        guarded.include_router(router)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_exception_handler(HeadwaterError, _told)
    app.add_exception_handler(DeltaError, _store_is_away)

    @guarded.get("/api/openapi.json", include_in_schema=False)
    def description(request: Request) -> dict[str, Any]:
        return app.openapi() | {"servers": [{"url": request.scope["root_path"] or "/"}]}

    app.include_router(guarded)
    app.include_router(metrics.router)  # which has a guard of its own
    return app


async def _store_is_away(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse(Problem(detail=f"a table could not be read: {error}", fix="see that the store is up").model_dump(), 503)


async def _told(_: Request, error: HeadwaterError) -> JSONResponse:
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
    return JSONResponse(Problem(detail=error.what, fix=error.fix).model_dump(), status)
