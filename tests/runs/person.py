"""Somebody who has logged in to Airflow, in a real browser, and what they have before them."""

from __future__ import annotations

from dataclasses import dataclass

import jwt
import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState

from local.stack import Stack

PATIENCE_MS = 120_000  # the machine has other load
A_RUN_MS = 300_000  # of a DAG, which may have to wait for another one


@dataclass(frozen=True)
class Person:
    """Somebody who has logged in to Airflow."""

    browser: Browser
    url: str
    signed_in: StorageState

    def opens(self, path: str = "", width: int = 1280, look: str = "light", token: str | None = None) -> Page:
        """The page's view at the path, in that look, and no other is open; whatever the browser complains of fails the test. `token`: of
        somebody else, in whose name it is opened."""
        for context in self.browser.contexts:
            context.close()
        context = self.browser.new_context(viewport={"width": width, "height": 800}, base_url=self.url, storage_state=self.signed_in)
        context.add_init_script(f"localStorage.setItem('theme', '{look}')")
        if token is not None:
            mine = next(cookie for cookie in context.cookies() if cookie["name"] == "_token")
            context.add_cookies([{**mine, "value": token}])  # type: ignore[list-item]
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: pytest.fail(f"the page raises: {error}"))
        page.goto(f"/plugin/headwater/{path}".rstrip("/"))
        return page

    def token_of(self, name: str, role: str, stack: Stack) -> str:
        """What Airflow gives to somebody with that role."""
        (mine,) = (cookie["value"] for cookie in self.signed_in["cookies"] if cookie["name"] == "_token")
        header, claims = jwt.get_unverified_header(mine), jwt.decode(mine, options={"verify_signature": False})
        return jwt.encode(claims | {"sub": name, "role": role}, stack.credentials.airflow_jwt_secret, header["alg"], header)


def settled(page: Page) -> Page:
    """The page, once nothing of it is being loaded."""
    page.wait_for_selector("[data-page]")
    page.wait_for_function("document.querySelector('h1') && !document.querySelector('[data-state=loading]')")
    assert page.locator("[data-state=error]").all_inner_texts() == []
    return page


def panel(page: Page, title: str) -> Locator:
    """The part of the view with that title."""
    return page.locator("section").filter(has=page.get_by_role("heading", name=title, exact=True))
