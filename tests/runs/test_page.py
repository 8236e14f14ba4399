"""The page as a person sees it: in Airflow's own web server, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from confluent_kafka import Producer
from lakehouse.web.dashboards import DASHBOARDS
from playwright.sync_api import Browser, Page, StorageState, expect

from benchmarks.browser import chromium, log_in
from include.contracts import load_contracts
from include.incidents import Incident, close_incident, open_incident
from include.settings import KafkaSettings, LakeSettings
from local.stack import Stack

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

PATIENCE_MS = 120_000  # the machine has other load
FEEDS = sorted(load_contracts().feeds)
INCIDENT = Incident("lag/all", "critical", "lag: STALL", "group all", "the offset does not move", "see the last error")


@dataclass(frozen=True)
class Person:
    """Somebody who has logged in to Airflow."""

    browser: Browser
    url: str
    signed_in: StorageState

    def opens(self, path: str = "", width: int = 1280) -> Page:
        """The page's view at the path, and no other is open; whatever the browser complains of fails the test."""
        for context in self.browser.contexts:
            context.close()
        context = self.browser.new_context(viewport={"width": width, "height": 800}, base_url=self.url, storage_state=self.signed_in)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: pytest.fail(f"the page raises: {error}"))
        page.goto(f"/plugin/headwater/{path}".rstrip("/"))
        return page


@pytest.fixture(scope="module")
def person(whole_stack: Stack) -> Iterator[Person]:
    """The administrator, who has found the page in Airflow's navigation."""
    access = whole_stack.client_environment()
    with chromium() as browser:
        page = browser.new_context(base_url=access["AIRFLOW_URL"]).new_page()
        page.set_default_timeout(PATIENCE_MS)
        log_in(page, access)
        state = page.context.storage_state()
        page.context.close()
        yield Person(browser, access["AIRFLOW_URL"], state)


def settled(page: Page) -> Page:
    """The page, once nothing of it is being loaded."""
    page.wait_for_selector("[data-page]")
    page.wait_for_function("document.querySelector('h1') && !document.querySelector('[data-state=loading]')")
    assert page.locator("[data-state=error]").all_inner_texts() == []
    return page


def send(stack: Stack, topic: str, value: bytes) -> None:
    producer = Producer(KafkaSettings.from_environment(stack.client_environment()).client())
    producer.produce(topic, value)
    assert producer.flush(60) == 0


def test_the_overview_shows_the_flow_of_every_feed_and_goes_on_to_it(person: Person) -> None:
    page = settled(person.opens())
    for feed in FEEDS:
        expect(page.locator(f"a[href$='/feeds/{feed}']")).to_be_visible(timeout=PATIENCE_MS)
    page.locator("a[href$='/feeds/clicks']").click()
    expect(page.get_by_role("heading", name="clicks", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("[data-chart='Records unread'][data-state=drawn]")).to_be_visible(timeout=PATIENCE_MS)
    settled(page)


def test_a_record_is_on_the_page_of_its_feed_without_a_reload_and_as_text(person: Person, whole_stack: Stack) -> None:
    page = settled(person.opens("feeds/views"))
    told = []
    page.on("dialog", lambda dialog: told.append(dialog.message))
    value = json.dumps({"device_type": "<img src=x onerror=alert(1)>", "timestamp": "2026-03-01T10:00:00Z"}).encode()
    send(whole_stack, "views", value)
    expect(page.get_by_role("region", name="Newest records")).to_contain_text("<img src=x onerror=alert(1)>", timeout=PATIENCE_MS)
    assert told == []


def test_tables_lead_to_their_rows_and_their_sql(person: Person) -> None:
    page = settled(person.opens("tables?layer=bronze"))
    assert all(text.startswith("bronze.") for text in page.get_by_role("region", name="Tables").locator("a").all_inner_texts())
    page.get_by_role("link", name="bronze.views", exact=True).click()
    expect(page.get_by_text("from bronze.views")).to_be_visible(timeout=PATIENCE_MS)
    settled(page)


@pytest.mark.parametrize("system", DASHBOARDS)
def test_a_dashboard_shows_each_of_its_charts_and_keeps_the_choice_in_the_address(person: Person, system: str) -> None:
    page = settled(person.opens(system))
    for chart in DASHBOARDS[system].charts:
        expect(page.get_by_role("heading", name=chart.title, exact=True)).to_be_visible(timeout=PATIENCE_MS)
    page.locator("select[name=hours]").select_option("24")
    page.wait_for_url("**hours=24**")
    page.reload()
    settled(page)
    assert page.locator("select[name=hours]").input_value() == "24"


def test_a_dashboard_of_now_moves_on_without_a_reload(person: Person, whole_stack: Stack) -> None:
    page = settled(person.opens("commerce?hours=6&server=of-the-page"))
    drawn = page.locator("[data-chart='CPU by server']")
    expect(drawn).to_have_count(0)
    for minutes in (1, 0):
        at = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
        load = {"server": "of-the-page", "timestamp": at, "cpu_pct": 50.0, "memory_pct": 40.0}
        send(whole_stack, "metrics", json.dumps(load).encode())
    expect(drawn).to_be_visible(timeout=PATIENCE_MS)


def test_an_address_that_says_nothing_useful_is_answered_with_what_there_is(person: Person) -> None:
    page = settled(person.opens("crypto?hours=many&to=never&crypto=nothing"))
    assert page.locator("select[name=crypto]").input_value() == "nothing"
    assert page.locator("select[name=hours]").input_value() == "168"
    page = person.opens("tables/gold.nothing")
    expect(page.locator("[data-state=empty]")).to_contain_text("there is no such table", timeout=PATIENCE_MS)


def test_an_incident_is_acknowledged_from_the_page(person: Person, whole_stack: Stack) -> None:
    lake = LakeSettings.from_environment(whole_stack.client_environment())
    open_incident(lake, INCIDENT)
    try:
        page = settled(person.opens())
        row = page.get_by_role("row").filter(has_text=INCIDENT.what)
        row.get_by_role("button", name="Acknowledge").click()
        expect(row).to_contain_text("admin is at it", timeout=PATIENCE_MS)
    finally:
        close_incident(lake, INCIDENT.incident_id)


def test_a_viewer_sees_all_and_may_not_act(person: Person, whole_stack: Stack) -> None:
    page = person.opens()
    url, secret = whole_stack.client_environment()["AIRFLOW_URL"], whole_stack.credentials.airflow_jwt_secret
    (mine,) = (cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "_token")
    header, claims = jwt.get_unverified_header(mine), jwt.decode(mine, options={"verify_signature": False})
    token = jwt.encode(claims | {"sub": "eve", "role": "VIEWER"}, secret, algorithm=header["alg"], headers=header)
    page.context.clear_cookies()
    eve = page.context.request
    asked = {"headers": {"Authorization": f"Bearer {token}"}}
    assert eve.get(f"{url}/headwater/api/v1/me", **asked).json() == {"name": "eve", "may_act": False}
    assert eve.get(f"{url}/headwater/api/v1/tables", **asked).status == 200
    for what in ("acknowledge", "mute?hours=1"):
        path = f"{url}/headwater/actions/incidents/lag%2Fall/{what}"
        assert eve.post(path, headers=asked["headers"] | {"X-Headwater": "page"}).status == 403
        assert "X-Headwater" in eve.post(path, headers={"Authorization": f"Bearer {mine}"}).text()
    assert eve.post(f"{url}/api/v2/dags/streams/dagRuns", data={"logical_date": None, "conf": {"action": "stop"}}, **asked).status == 403


def test_it_is_usable_on_a_phone_and_by_keyboard(person: Person) -> None:
    page = settled(person.opens("smart_city", width=390))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("nav[aria-label=Headwater] a").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-page=feeds]")
    assert page.locator("nav[aria-label=Headwater] a[aria-current=page]").inner_text() == "Feeds"
