"""Every chart of every dashboard is drawn: by the page's own code and its library of charts, as SVG where there is no browser."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

import pytest
from lakehouse.web.dashboards import DASHBOARDS
from lakehouse.web.dashboards.model import Chart

from tests.plugins.lakehouse.web.scripts import PAGE, run

CHARTS = {f"{system}.{chart.name}": chart for system, each in DASHBOARDS.items() for chart in each.charts if chart.kind != "rows"}
TIMES = ("time", "event_date", "trained_at")
HOURS = [f"2026-03-01T{hour:02}:00:00+00:00" for hour in range(3)]
CLOCK = ("2026-03-01", "2026-03-02", "2026-03-03")
# Draws an option in a size of its own, with its data and without: [marks, marks without them].
DRAW = """const { createRequire } = await import("node:module");
const echarts = createRequire(`${page}/`)(`${page}/vendor/echarts.min.js`);
const { themed } = chart;
const marks = (option) => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 800, height: 400 });
  chart.setOption(themed(option, false), { notMerge: true });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg.split("<path").length;
};
const without = (option) => ({ ...option, series: option.series.map((each) => ({ ...each, data: [] })) });
const drawnBy = (option) => [marks(option), marks(without(option))];"""


def figures(chart: Chart) -> dict[str, Any]:
    """Three times, or things, of each of two parts."""
    xs = [*(CLOCK if chart.x == "event_date" else HOURS)] if chart.x in TIMES else ["a", "b", "c"]
    columns = [chart.x, *([chart.split] if chart.split else []), *chart.y]
    parts = [["north"], ["south"]] if chart.split else [[]]
    rows = [[x, *part, *(place + 1.5 + number for number, _ in enumerate(chart.y))] for part in parts for place, x in enumerate(xs)]
    return {"columns": columns, "rows": rows, "bucket_seconds": 3600, "is_cut": False}


@cache
def marks() -> dict[str, list[int]]:
    """Of each chart the marks with its data and without, or what it raised: a process starts slowly."""
    script = f"""{DRAW}
    const found = {{}};
    for (const [name, [chart, figures, words]] of Object.entries(charts)) {{
      try {{
        found[name] = drawnBy(drawn.DRAWN[chart.kind](chart, figures, words));
      }} catch (error) {{
        found[name] = [String(error)];
      }}
    }}
    const days = [["2026-03-01", 3], ["2026-03-02", 1]];
    found.days = drawnBy(tables.calendar(days, "rows"));
    const pieces = [{{ value: 3, label: "final", color: "#009E73" }}, {{ value: 1, label: "open", color: "#E69F00" }}];
    found.ledger = drawnBy(tables.calendar(days, "", pieces));
    found.line = drawnBy(drawn.line("lag", [["2026-03-01T00:00:00Z", 1], ["2026-03-01T01:00:00Z", 2]], "records", String));
    return found;"""
    words = {system: dict(each.words) for system, each in DASHBOARDS.items()}
    given = {name: [asdict(chart), figures(chart), words[name.partition(".")[0]]] for name, chart in CHARTS.items()}
    return run(script, "drawn", "tables", "chart", page=str(PAGE), charts=given)


@pytest.mark.parametrize("name", [*CHARTS, "days", "ledger", "line"])
def test_every_chart_is_drawn_with_its_data(name: str) -> None:
    with_data, without = marks()[name]
    assert with_data > without


def test_candles_have_their_prices_in_the_order_that_is_drawn() -> None:
    chart = {"x": "time", "split": "crypto", "unit": "USD"}
    figures = {"columns": ["time", "crypto", "open", "high", "low", "close"], "rows": [[HOURS[0], "bitcoin", 10, 15, 9, 12]]}
    (series,) = run("return drawn.DRAWN.candles(chart, figures, {}).series", "drawn", chart=chart, figures=figures)
    assert (series["name"], series["data"]) == ("bitcoin", [[10, 12, 9, 15]])


def test_a_line_is_cut_where_a_time_has_no_row() -> None:
    chart = {"x": "time", "y": ["n"], "split": None, "unit": "", "kind": "lines", "bands": []}
    rows = [[HOURS[0], 1], [HOURS[2], 2]]
    figures = {"columns": ["time", "n"], "rows": rows, "bucket_seconds": 3600}
    (series,) = run("return drawn.DRAWN.lines(chart, figures, {}).series", "drawn", chart=chart, figures=figures)
    points = [each["value"] if isinstance(each, dict) else each for each in series["data"]]
    assert [value for _, value in points] == [1, None, 2]
