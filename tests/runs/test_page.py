"""The page as a person sees it: in Airflow's own web server, in a real browser."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from confluent_kafka import Producer
from lakehouse.web.dashboards import DASHBOARDS
from playwright.sync_api import Browser, Locator, Page, Route, StorageState, expect

from benchmarks.browser import chromium, log_in
from include.contracts import load_contracts
from include.incidents import Incident, close_incident, open_incident
from include.settings import KafkaSettings, LakeSettings
from include.streams.state import set_desired
from local.stack import Stack
from tests.runs.programs import HEADWATER, program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

PATIENCE_MS = 120_000  # the machine has other load
A_RUN_MS = 300_000  # of a DAG, which may have to wait for another one
PICTURES = "HEADWATER_PICTURES"  # a folder: a picture of each view is written there, of records that are sent before
FEEDS = sorted(load_contracts().feeds)
INCIDENT = Incident("lag/all", "critical", "lag: STALL", "group all", "the offset does not move", "see the last error")


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


def panel(page: Page, title: str) -> Locator:
    """The part of the view with that title."""
    return page.locator("section").filter(has=page.get_by_role("heading", name=title, exact=True))


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


def test_feeds_are_listed_with_their_state_and_freshness(person: Person) -> None:
    page = settled(person.opens("feeds"))
    rows = page.get_by_role("region", name="Feeds").locator("tbody tr")
    expect(rows).to_have_count(len(FEEDS), timeout=PATIENCE_MS)
    expect(rows.filter(has_text="views")).to_contain_text("OK", timeout=PATIENCE_MS)


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


@pytest.fixture
def incident(whole_stack: Stack) -> Iterator[None]:
    lake = LakeSettings.from_environment(whole_stack.client_environment())
    open_incident(lake, INCIDENT)
    yield
    close_incident(lake, INCIDENT.incident_id)


def test_an_incident_is_acknowledged_muted_and_unmuted_from_the_page(person: Person, incident: None) -> None:
    page = settled(person.opens())
    row = page.get_by_role("row").filter(has_text=INCIDENT.what)
    row.get_by_role("button", name="Acknowledge").click()
    expect(row).to_contain_text("admin is at it", timeout=PATIENCE_MS)
    row.get_by_role("button", name="Mute 8 h").click()
    expect(row).to_contain_text("muted until", timeout=PATIENCE_MS)
    row.get_by_role("button", name="Unmute").click()
    expect(row.get_by_role("button", name="Mute 8 h")).to_be_visible(timeout=PATIENCE_MS)
    expect(row).not_to_contain_text("muted until")


def test_a_stream_is_stopped_and_started_from_the_page(person: Person, whole_stack: Stack) -> None:
    stream = panel(settled(person.opens("feeds/views")), "Stream")
    try:
        stream.get_by_role("button", name="Stop", exact=True).click()
        stream.get_by_role("button", name="No", exact=True).click()
        stream.get_by_role("button", name="Stop", exact=True).click()
        stream.get_by_role("button", name=f"Stop all: {len(FEEDS)} feeds").click()
        expect(stream.locator("[data-run=success]")).to_be_visible(timeout=A_RUN_MS)
        expect(stream.get_by_text("stopped", exact=True)).to_be_visible(timeout=PATIENCE_MS)
        stream.get_by_role("button", name="Start", exact=True).click()
        expect(stream.get_by_text("running", exact=True).first).to_be_visible(timeout=A_RUN_MS)
        expect(stream.get_by_role("button", name="Restart", exact=True)).to_be_visible(timeout=A_RUN_MS)
    finally:
        set_desired(LakeSettings.from_environment(whole_stack.client_environment()), "all", "running")


def test_a_replay_is_previewed_from_the_page(person: Person) -> None:
    quarantine = panel(settled(person.opens("feeds/ratings")), "Quarantine and dead letters")
    quarantine.get_by_role("button", name="Preview a replay").click()
    expect(quarantine.locator("[data-judged=preview]")).to_contain_text("quarantined rows", timeout=A_RUN_MS)


def test_a_viewer_sees_all_and_may_not_act(person: Person, whole_stack: Stack, incident: None) -> None:
    token = person.token_of("eve", "VIEWER", whole_stack)
    page = settled(person.opens("feeds/views", token=token))
    for name in ("Stop", "Restart", "Preview a replay"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled(timeout=PATIENCE_MS)
    expect(panel(page, "Stream")).to_contain_text("Your role in Airflow may not trigger the DAG streams.")
    eve, url = page.context.request, person.url
    assert eve.get(f"{url}/headwater/api/v1/me").json() == {"name": "eve", "may_act": False, "may_trigger": []}
    assert eve.get(f"{url}/headwater/api/v1/tables").status == 200
    for what in ("acknowledge", "mute?hours=1", "unmute"):
        assert eve.post(f"{url}/headwater/actions/incidents/lag%2Fall/{what}", headers={"X-Headwater": "page"}).status == 403
    for dag in ("streams", "replay_quarantine"):
        assert eve.post(f"{url}/api/v2/dags/{dag}/dagRuns", data={"logical_date": None, "conf": {"action": "stop"}}).status == 403
    page = settled(person.opens(token=token))
    row = page.get_by_role("row").filter(has_text=INCIDENT.what)
    expect(row).to_be_visible(timeout=PATIENCE_MS)
    expect(row.get_by_role("button")).to_have_count(0)


def test_without_the_pages_header_nothing_is_done_in_somebodys_name(person: Person) -> None:
    answer = person.opens().context.request.post(f"{person.url}/headwater/actions/incidents/lag%2Fall/acknowledge")
    assert (answer.status, "X-Headwater" in answer.text()) == (403, True)


# The least contrast of a text to what is behind it, and that text; in the colours as they are drawn.
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const behind = (node) => {
    const found = node ? rgba(getComputedStyle(node).backgroundColor) : [255, 255, 255, 255];
    return found[3] > 200 ? found : behind(node.parentElement);
  };
  const hasText = (node) => node.checkVisibility() && [...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
  const contrast = (node) => {
    const [dark, bright] = [rgba(getComputedStyle(node).color), behind(node)].map(luminance).sort((one, other) => one - other);
    return [(bright + 0.05) / (dark + 0.05), node.textContent.slice(0, 40)];
  };
  return [...document.querySelectorAll("[data-page] *")].filter(hasText).map(contrast).sort((one, other) => one[0] - other[0])[0];
}"""
INK = "() => echarts.getInstanceByDom(document.querySelector('[data-chart][data-state=drawn]')).getOption().textStyle.color"


@pytest.mark.parametrize(("look", "ink"), [("light", "#3f3f46"), ("dark", "#d4d4d8")])
@pytest.mark.parametrize("path", ["", "feeds", "feeds/clicks", "tables/bronze.clicks"])
def test_texts_are_readable_in_either_look_and_charts_go_with_it(person: Person, path: str, look: str, ink: str) -> None:
    page = settled(person.opens(path, look=look))
    assert page.evaluate("document.documentElement.classList.contains('dark')") == (look == "dark")
    contrast, text = page.evaluate(CONTRAST)
    assert contrast > 3, text
    if path in ("", "feeds/clicks"):  # whose charts need no rows
        page.wait_for_selector("[data-chart][data-state=drawn]")
        assert page.evaluate(INK) == ink


def test_while_nothing_has_come_grey_blocks_are_shown_and_a_failure_is_told_and_tried_again(person: Person) -> None:
    held: list[Route] = []
    page = settled(person.opens("tables"))

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/headwater/api/v1/feeds", hold)
    page.locator("nav[aria-label=Headwater]").get_by_role("link", name="Feeds").click()
    expect(page.locator("[data-state=loading]").first).to_be_visible(timeout=PATIENCE_MS)
    while not held:  # the grey block is there before the question is
        page.wait_for_timeout(50)
    held.pop().fulfill(status=503, json={"detail": "a table could not be read", "fix": "see that the store is up"})
    failure = page.locator("[data-state=error]")
    expect(failure).to_contain_text("a table could not be read; see that the store is up", timeout=PATIENCE_MS)
    page.unroute("**/headwater/api/v1/feeds")
    failure.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("region", name="Feeds")).to_be_visible(timeout=PATIENCE_MS)
    expect(failure).to_have_count(0)


@pytest.mark.parametrize("path", ["", "feeds", "feeds/clicks", "tables", "tables/bronze.clicks", "smart_city"])
def test_it_is_as_wide_as_a_phone(person: Person, path: str) -> None:
    page = settled(person.opens(path, width=390))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_is_usable_by_keyboard(person: Person) -> None:
    page = settled(person.opens("smart_city"))
    page.locator("nav[aria-label=Headwater] a").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-page=feeds]")
    assert page.locator("nav[aria-label=Headwater] a[aria-current=page]").inner_text() == "Feeds"


@pytest.mark.skipif(PICTURES not in os.environ, reason=f"{PICTURES} names no folder")
def test_a_picture_of_each_view_is_taken_for_the_documentation(person: Person, whole_stack: Stack) -> None:
    today = datetime.now(UTC).date()
    program(whole_stack, *HEADWATER, "produce", "all", "--from", str(today - timedelta(days=6)), "--count", "500", "--broken", "0.02")
    views = {"feeds": "feeds", "feed": "feeds/metrics", "tables": "tables", "table": "tables/bronze.metrics"}
    for name, path in {"overview": "", **views, **{system: system for system in DASHBOARDS}}.items():
        for look, suffix in (("light", ""), ("dark", "-dark")) if name == "overview" else (("light", ""),):
            page = settled(person.opens(path, width=1400, look=look))
            tall = page.evaluate("document.querySelector('[data-page]').scrollHeight")
            page.set_viewport_size({"width": 1400, "height": min(max(tall + 40, 600), 2000)})
            page.wait_for_function("[...document.querySelectorAll('[data-chart]')].every((each) => each.dataset.state === 'drawn')")
            page.screenshot(path=Path(os.environ[PICTURES]) / f"page-{name}{suffix}.png")
