// A system's dashboard: its charts over a span of time and a choice, both kept in the address; its alerts as they come.
import { Chart } from "./chart.js";
import { DRAWN, isTime } from "./drawn.js";
import { asked, endOf, spanOf } from "./span.js";
import { Answer, Choice, Empty, h, Panel, Rows, State, useAsked, useParameters, useTicks } from "./ui.js";
import { figure, named, now, time } from "./words.js";

const { Box, Flex, Grid, Heading, Text } = globalThis.ChakraUI;
const { useMemo } = globalThis.React;
const SPANS = [["6", "6 hours"], ["24", "24 hours"], ["168", "7 days"], ["720", "30 days"]];
const LIVE_SECONDS = 5;

const Drawing = ({ system, chart, hours, to, chosen, words }) => {
  const path = `api/v1/dashboards/${system}/${chart.name}?`;
  const query = new URLSearchParams({ ...spanOf(hours, to), ...chosen });
  const seconds = !to && chart.has_live ? LIVE_SECONDS : 60;
  const found = useAsked(path + query, seconds, path + new URLSearchParams({ hours, to, ...chosen }));
  return h(
    Panel,
    { title: chart.title, note: chart.note, side: h(Text, { color: "fg.muted", fontSize: "xs" }, chart.kind === "rows" ? chart.unit : "") },
    h(Answer, { asked: found, height: "260px" }, (figures) =>
      figures.rows.length === 0
        ? h(Empty, null, "Nothing in this time. Choose a longer one, or build the days: the DAG of this system.")
        : h(
            Box,
            null,
            figures.is_cut && h(Text, { color: "fg.warning", "data-cut": chart.name, fontSize: "xs" }, cutAt(chart, figures)),
            chart.kind === "rows" ? h(Listed, { chart, figures, words }) : h(Drawn, { chart, figures, words }),
          ),
    ),
  );
};

// What is said on a chart of which there is more than can be drawn.
const cutAt = (chart, figures) => {
  const first = figures.rows[0][figures.columns.indexOf(chart.x)];
  const kept = `${figures.rows.length} of more rows`;
  const told = chart.kind !== "rows" && isTime(first) ? `Cut: the newest ${kept}, from ${figure(first)} on.` : `Cut: the first ${kept}.`;
  return `${told} Choose a shorter time, or one of the choices above.`;
};

const Drawn = ({ chart, figures, words }) => {
  const option = useMemo(() => DRAWN[chart.kind](chart, figures, words), [chart, figures, words]);
  const lines = chart.kind === "bars" ? new Set(figures.rows.map((row) => row[figures.columns.indexOf(chart.x)])).size : 0;
  return h(Chart, { option, label: chart.title, height: Math.max(260, 60 + lines * 22) });
};

const Listed = ({ chart, figures, words }) => {
  const isFigure = (place) => figures.rows.some((row) => typeof row[place] === "number");
  const shown = (place) => (row) => h(Text, { whiteSpace: "nowrap" }, figure(row[place]));
  const columns = figures.columns.map((column, place) => [words[column] ?? named(column), shown(place), isFigure(place) ? "end" : undefined]);
  return h(Rows, { columns, rows: figures.rows, label: chart.title });
};

const Alerts = ({ system }) => {
  const since = new Date(Math.floor(now() / 3600000) * 3600000 - 86400000).toISOString();
  const told = useAsked(`api/v1/alerts?system=${system}&by=raised&from=${encodeURIComponent(since)}&limit=50`, LIVE_SECONDS);
  const columns = [
    ["Raised", (each) => h(Text, { whiteSpace: "nowrap" }, time(each.raised_at))],
    ["Of the time", (each) => h(Text, { whiteSpace: "nowrap" }, time(each.event_time ?? each.window_start))],
    ["Severity", (each) => h(State, { palette: each.severity === "critical" ? "red" : "orange" }, each.severity)],
    ["Alert", (each) => each.description],
    ["Of", (each) => each.subject],
    ["Value", (each) => each.value],
    ["Record", (each) => (each.offset === null ? "a window" : `${each.topic}/${each.partition}/${each.offset}`)],
  ];
  return h(
    Panel,
    { title: "Alerts", note: "As they are raised; of the last 24 hours, late records and history among them." },
    h(Answer, { asked: told }, ({ items }) => h(Rows, { columns, rows: items, label: "Alerts", empty: "No alert in the last 24 hours.", keyOf: (each) => each.alert_id })),
  );
};

export const Dashboard = ({ system }) => {
  const [parameters, change] = useParameters();
  const dashboard = useAsked(`api/v1/dashboards/${system}`);
  useTicks(LIVE_SECONDS);
  return h(Answer, { asked: dashboard, height: "600px" }, ({ title, charts, filters, words, alerts }) => {
    const { hours, to, chosen } = asked(parameters, filters);
    return h(
      Flex,
      { direction: "column", gap: 4 },
      h(
        Flex,
        { align: "center", gap: 4, wrap: "wrap" },
        h(Heading, { as: "h1", flex: "1", size: "lg" }, title),
        filters.map((each) =>
          h(Choice, {
            any: "all", choices: each.choices.map((value) => [value, value]), key: each.column, label: each.label, name: each.column,
            value: chosen[each.column], onChange: (value) => change({ [each.column]: value }),
          }),
        ),
        h(Choice, { label: "Time", name: "hours", choices: SPANS, value: String(hours), onChange: (value) => change({ hours: value }) }),
        h(Until, { to, onChange: (value) => change({ to: value }) }),
      ),
      h(
        Grid,
        { alignItems: "start", gap: 4, templateColumns: { base: "minmax(0, 1fr)", xl: "repeat(2, minmax(0, 1fr))" } },
        charts.map((chart) => h(Drawing, { chart, chosen, hours, key: chart.name, system, to, words })),
      ),
      alerts && h(Alerts, { system }),
    );
  });
};

// The last day that is shown, whole; none: until now.
const Until = ({ to, onChange }) =>
  h(
    Flex,
    { align: "center", as: "label", fontSize: "sm", gap: 2 },
    "until",
    h(Box, {
      as: "input", bg: "bg", borderColor: "border", borderRadius: "sm", borderWidth: "1px", name: "to", px: 2, py: 1, type: "date",
      value: to === undefined ? "" : new Date(to - 1).toISOString().slice(0, 10),
      onChange: (event) => onChange(endOf(event.target.value)),
    }),
  );
