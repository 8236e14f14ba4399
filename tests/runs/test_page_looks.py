"""How the page looks: light and dark, while it waits and when it fails, on a phone, by keyboard; and its pictures for the documentation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lakehouse.web.dashboards import DASHBOARDS
from playwright.sync_api import Route, expect

from local.proof_settings import ProofSettings
from local.stack import Stack
from tests.runs.person import PATIENCE_MS, Person, settled
from tests.runs.programs import HEADWATER, program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

PICTURES = ProofSettings.from_environment().pictures  # a picture of each view is written there, of records that are sent before


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


@pytest.mark.skipif(PICTURES is None, reason="HEADWATER_PICTURES names no folder")
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
            page.screenshot(path=(PICTURES or Path()) / f"page-{name}{suffix}.png")
