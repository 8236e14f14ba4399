// A system's dashboard: its charts over a span of time and a choice, both kept in the address; its alerts as they come.
import { Chart, DRAWN } from "./chart.js";
import { Answer, Choice, Empty, h, Panel, Rows, State, useAsked, useParameters } from "./ui.js";
import { figure, named, time } from "./words.js";

const { Box, Flex, Grid, Heading, Text } = globalThis.ChakraUI;
const { useMemo } = globalThis.React;
const SPANS = [["6", "6 hours"], ["24", "24 hours"], ["168", "7 days"], ["720", "30 days"]];
const LIVE_SECONDS = 5;

// Whole minutes, so that the server may answer the same question from memory.
const spanOf = (hours, to) => {
  const end = to ? Date.parse(to) : Math.ceil(Date.now() / 60000) * 60000;
  return [new Date(end - Number(hours) * 3600000).toISOString(), new Date(end).toISOString()];
};

const Drawing = ({ system, chart, query, seconds, words }) => {
  const asked = useAsked(`api/v1/dashboards/${system}/${chart.name}?${query}`, seconds);
  return h(
    Panel,
    { title: chart.title, note: chart.note, side: h(Text, { color: "fg.muted", fontSize: "xs" }, chart.kind === "rows" ? chart.unit : "") },
    h(Answer, { asked, height: "260px" }, (figures) =>
      figures.rows.length === 0
        ? h(Empty, null, "Nothing in this time. Choose a longer one, or build the days: the DAG of this system.")
        : h(
            Box,
            null,
            figures.is_cut && h(Text, { color: "fg.warning", fontSize: "xs" }, "There are more rows than are shown: choose a shorter time."),
            chart.kind === "rows" ? h(Listed, { chart, figures, words }) : h(Drawn, { chart, figures, words }),
          ),
    ),
  );
};

const Drawn = ({ chart, figures, words }) => {
  const option = useMemo(() => DRAWN[chart.kind](chart, figures, words), [chart, figures, words]);
  const lines = chart.kind === "bars" ? new Set(figures.rows.map((row) => row[figures.columns.indexOf(chart.x)])).size : 0;
  return h(Chart, { option, label: chart.title, height: Math.max(260, 60 + lines * 22) });
};

const Listed = ({ chart, figures, words }) =>
  h(Rows, {
    columns: figures.columns.map((column, place) => [
      words[column] ?? named(column), (row) => h(Text, { whiteSpace: "nowrap" }, figure(row[place])), figures.rows.some((row) => typeof row[place] === "number") ? "end" : undefined,
    ]),
    rows: figures.rows, label: chart.title,
  });

const Alerts = ({ system }) => {
  const since = new Date(Math.floor(Date.now() / 3600000) * 3600000 - 86400000).toISOString();
  const asked = useAsked(`api/v1/alerts?system=${system}&from=${encodeURIComponent(since)}&limit=50`, LIVE_SECONDS);
  const columns = [
    ["Time", (each) => h(Text, { whiteSpace: "nowrap" }, time(each.event_time ?? each.window_start))],
    ["Severity", (each) => h(State, { palette: each.severity === "critical" ? "red" : "orange" }, each.severity)],
    ["Alert", (each) => each.description],
    ["Of", (each) => each.subject],
    ["Value", (each) => each.value],
    ["Record", (each) => (each.offset === null ? "a window" : `${each.topic}/${each.partition}/${each.offset}`)],
  ];
  return h(
    Panel,
    { title: "Alerts", note: "As they come; of the last 24 hours." },
    h(Answer, { asked }, ({ items }) => h(Rows, { columns, rows: items, label: "Alerts", empty: "No alert in the last 24 hours.", keyOf: (each) => each.alert_id })),
  );
};

export const Dashboard = ({ system }) => {
  const [parameters, change] = useParameters();
  const { hours = "168", to, ...chosen } = parameters;
  const dashboard = useAsked(`api/v1/dashboards/${system}`);
  const [first, last] = spanOf(hours, to);
  return h(Answer, { asked: dashboard, height: "600px" }, ({ title, charts, filters, words, alerts }) => {
    const wanted = filters.map((each) => [each.column, chosen[each.column]]).filter(([, value]) => value);
    const query = new URLSearchParams([["from", first], ["to", last], ...wanted]).toString();
    const isNow = !to && Number(hours) <= 24;
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
        h(Choice, { label: "Time", name: "hours", choices: SPANS, value: hours, onChange: (value) => change({ hours: value }) }),
        h(
          Flex,
          { align: "center", as: "label", fontSize: "sm", gap: 2 },
          "until",
          h(Box, { as: "input", bg: "bg", borderColor: "border", borderRadius: "sm", borderWidth: "1px", name: "to", px: 2, py: 1, type: "date",
            value: to ? new Date(Date.parse(to) - 1).toISOString().slice(0, 10) : "",
            onChange: (event) => change({ to: event.target.value ? new Date(Date.parse(event.target.value) + 86400000).toISOString() : "" }) }),
        ),
      ),
      h(
        Grid,
        { alignItems: "start", gap: 4, templateColumns: { base: "minmax(0, 1fr)", xl: "repeat(2, minmax(0, 1fr))" } },
        charts.map((chart) => h(Drawing, { chart, key: chart.name, query, seconds: isNow ? LIVE_SECONDS : 60, system, words })),
      ),
      alerts && h(Alerts, { system }),
    );
  });
};
