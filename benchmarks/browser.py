"""A real Chromium for the page: the one that is there, or Debian's, which a root may install."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from local.proof_settings import ProofSettings

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "chromium-headless-shell"
_INSTALL_SECONDS = 600


def find_chromium() -> str:
    """The path of the program. Installs Debian's package where there is none and this process may; else raises and says what is missing."""
    if given := ProofSettings.from_environment().chromium:
        return given
    if found := _on_path():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True, "timeout": _INSTALL_SECONDS}
        subprocess.run(["apt-get", "update"], check=False, **quiet)  # type: ignore[call-overload]
        subprocess.run(["apt-get", "install", "--yes", "--no-install-recommends", PACKAGE], check=False, **quiet)  # type: ignore[call-overload]
        if found := _on_path():
            return found
    raise RuntimeError(
        f"the page is opened in a Chromium, and there is none (looked for: {', '.join(NAMES)});"
        f" fix: install one (Debian: apt install {PACKAGE}), or name it: HEADWATER_CHROMIUM=/path/to/chromium"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, without a window."""
    with sync_playwright() as playwright:
        # A root has no sandbox; what is opened is our own page.
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"] if os.geteuid() == 0 else [])
        try:
            yield browser
        finally:
            browser.close()


def log_in(page: Page, access: Mapping[str, str]) -> None:
    """Into Airflow, and on to the overview by its navigation; `access`: a stack's client environment."""
    page.goto("/")
    page.locator("input[name=username]").fill(access["AIRFLOW_USERNAME"])
    page.locator("input[name=password]").fill(access["AIRFLOW_PASSWORD"])
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Headwater").click()
    page.wait_for_selector("[data-page=overview]")


def _on_path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)
