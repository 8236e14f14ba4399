"""The application of the page, asked without a server between, on a lake of folders."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from airflow.api_fastapi.core_api.security import get_user
from fastapi import FastAPI
from lakehouse.web.actions import may_act
from lakehouse.web.app import create_app, may_see_assets

from include import table_listing
from include.settings import LakeSettings


class Client:
    """Asks the application."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str) -> httpx.Response:
        return self._ask("GET", path)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self._ask("POST", path, **more)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://here") as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())


class Ada:
    """Somebody who is known to Airflow."""

    def get_name(self) -> str:
        return "ada"


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """For somebody who may see and act."""
    app = create_app()
    app.dependency_overrides |= {may_see_assets: lambda: None, may_act: lambda: None, get_user: Ada}
    return app


@pytest.fixture
def client(app: FastAPI, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> Client:
    """On the lake of the test."""
    monkeypatch.setattr(LakeSettings, "from_environment", lambda *_: lake)
    monkeypatch.setattr(table_listing, "tables_of_layer", lambda _, layer: ["gold.product_sales"] if layer == "gold" else [])
    return Client(app)
