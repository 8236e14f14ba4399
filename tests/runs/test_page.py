"""The page as a person sees it: in Airflow's own web server, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from confluent_kafka import Producer
from lakehouse.web.dashboards import DASHBOARDS
from playwright.sync_api import Route, expect

from include.contracts import load_contracts
from include.incidents import Incident, close_incident, open_incident
from include.settings import KafkaSettings, LakeSettings
from include.streams.state import set_desired
from local.stack import Stack
from tests.plugins.lakehouse.web.test_drawn import figures
from tests.runs.person import A_RUN_MS, PATIENCE_MS, Person, panel, settled

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

FEEDS = sorted(load_contracts().feeds)
INCIDENT = Incident("lag/all", "critical", "lag: STALL", "group all", "the offset does not move", "see the last error")


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


@pytest.mark.parametrize("system", DASHBOARDS)
def test_a_dashboard_draws_each_of_its_charts(person: Person, system: str) -> None:
    page = person.opens("feeds")
    charts = {chart.name: chart for chart in DASHBOARDS[system].charts if chart.kind != "rows"}

    def answer(route: Route) -> None:
        asked = charts.get(urlsplit(route.request.url).path.rpartition("/")[2])
        route.fulfill(json=figures(asked)) if asked else route.continue_()

    page.route(f"**/dashboards/{system}/*", answer)
    page.locator(f"nav[aria-label=Headwater] a[href$='/{system}']").click()
    for chart in charts.values():
        canvas = page.locator(f"[data-chart='{chart.title}'][data-state=drawn] canvas")
        expect(canvas.first).to_be_visible(timeout=PATIENCE_MS)  # some kinds are drawn in several layers


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
    page = settled(person.opens("crypto?hours=many&to=-271821-04-20&crypto=nothing"))
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


def test_a_replay_is_of_reasons_of_quarantine_and_not_of_dead_letters(person: Person) -> None:
    page = person.opens("feeds")
    found = [
        {"side": side, "reason": reason, "rows": 2} for side, reason in (("dead_letters", "not_json"), ("quarantine", "required:item_id"))
    ]
    page.route("**/feeds/ratings/bad", lambda route: route.fulfill(json={"items": found}))
    page.get_by_role("link", name="ratings", exact=True).click()
    quarantine = panel(settled(page), "Quarantine and dead letters")
    expect(quarantine.get_by_role("link", name="dead_letters.ratings", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    assert quarantine.locator("select[name=reason] option").all_inner_texts() == ["all rows", "required:item_id"]


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
