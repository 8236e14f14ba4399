// Tables: layers, sizes, versions, freshness; of each its days, rows, and the SQL to query it.
import { Chart } from "./chart.js";
import { Answer, Choice, Empty, h, HOME, Panel, Rows, State, To, useAsked, useParameters } from "./ui.js";
import { ago, bytes, count, figure, named, now, time } from "./words.js";

const { Code, Flex, Grid, Heading, Text } = globalThis.ChakraUI;
const STATES = { final: 3, closed: 2, open: 1 };

export const Tables = () => {
  const [{ layer, system }, change] = useParameters();
  const asked = useAsked(`api/v1/tables${layer ? `?layer=${encodeURIComponent(layer)}` : ""}`, 15, "tables");
  const systems = [...new Set((asked.data?.items ?? []).map((table) => table.system).filter(Boolean))].sort();
  const columns = [
    ["Table", (table) => h(To, { to: `${HOME}/tables/${table.address}` }, table.address)],
    ["Rows", (table) => count(table.rows), "end"],
    ["Size", (table) => bytes(table.bytes), "end"],
    ["Files", (table) => count(table.files), "end"],
    ["Version", (table) => count(table.version), "end"],
    ["Newest day", (table) => table.newest_day ?? "–"],
    ["Newest event", (table) => h(Text, { title: time(table.newest_event_at), whiteSpace: "nowrap" }, ago(table.newest_event_at))],
  ];
  return h(
    Flex,
    { direction: "column", gap: 4 },
    h(
      Flex,
      { align: "center", gap: 4, justify: "space-between", wrap: "wrap" },
      h(Heading, { as: "h1", size: "lg" }, "Tables"),
      h(Choice, { any: "all", label: "System", name: "system", choices: systems.map((name) => [name, named(name)]), value: system, onChange: (value) => change({ system: value }) }),
      h(Choice, { any: "all", label: "Layer", name: "layer", choices: (asked.data?.layers ?? []).map((name) => [name, name]), value: layer, onChange: (value) => change({ layer: value }) }),
    ),
    h(Answer, { asked, height: "400px" }, ({ items }) => h(Rows, { columns, rows: items.filter((table) => !system || table.system === system), label: "Tables", empty: "There is no such table yet.", keyOf: (table) => table.address })),
  );
};

export const calendar = (days, name, pieces) => {
  const dates = days.map(([day]) => day).sort();
  const told = (value) => (pieces ? pieces.find((piece) => piece.value === value)?.label : `${count(value)} ${name}`);
  const grey = { color: "#888" };
  return {
    calendar: {
      cellSize: [15, 15], left: 40, orient: "horizontal", range: [dates[0], dates.at(-1)], top: 28, yearLabel: { show: false },
      dayLabel: { ...grey, firstDay: 1 }, monthLabel: grey, splitLine: { lineStyle: grey },
      itemStyle: { color: "transparent", borderColor: "rgba(128,128,128,.3)" },
    },
    series: [{ type: "heatmap", coordinateSystem: "calendar", data: days }],
    tooltip: { formatter: ({ value }) => `${value[0]}: ${told(value[1])}` },
    visualMap: pieces
      ? { type: "piecewise", pieces, orient: "horizontal", bottom: 0, left: "center" }
      : { show: false, min: 0, max: Math.max(1, ...days.map(([, value]) => value)), inRange: { color: ["#d5e8f5", "#0072B2"] } },
  };
};

const LEDGER = [
  { value: 3, label: "final", color: "#009E73" },
  { value: 2, label: "closed", color: "#56B4E9" },
  { value: 1, label: "open", color: "#E69F00" },
  { value: 0, label: "wrong", color: "#D1495B" },
];

// The last year up to tomorrow, or as many weeks of it as the page is wide: one record that is dated ahead shall not push it away.
const recent = (days) => {
  if (days.length === 0) return []; // a table that is there and has no rows yet
  const most = Math.min(365, Math.floor((globalThis.innerWidth - 160) / 15) * 7);
  const known = days.map(([day]) => day).filter((day) => Date.parse(day) < now() + 86400000);
  const newest = known.sort().at(-1) ?? days.map(([day]) => day).sort()[0];
  const first = new Date(Date.parse(newest) - most * 86400000).toISOString().slice(0, 10);
  return days.filter(([day]) => day >= first && day <= newest);
};

const Ledger = ({ feed }) => {
  const asked = useAsked(`api/v1/ledger?feed=${feed}&from=1970-01-01&limit=1000`, 60);
  const state = (row) => [row.event_date, row.wrong ? 0 : (STATES[row.state] ?? 1)];
  const columns = [["Day", (row) => row.event_date], ["State", (row) => h(State, null, row.wrong ? "wrong" : row.state)], ["Finding", (row) => row.finding]];
  return h(
    Panel,
    { title: "Ledger by day", note: "Closed: bronze = silver + superseded + quarantine + dead letters. Final: closed, and nothing more is waited for." },
    h(Answer, { asked, height: "170px" }, ({ items }) =>
      items.length === 0
        ? h(Empty, null, "The ledger has not looked at this feed yet: DAG `ledger`.")
        : h(
            "div",
            null,
            h(Chart, { height: 190, label: "Ledger by day", option: calendar(recent(items.map(state)), "", LEDGER) }),
            h(Rows, { columns, rows: items.filter((row) => row.finding), label: "Findings", empty: "No day has a finding." }),
          ),
    ),
  );
};

const sql = (address, columns, days) => {
  const [layer, name] = address.split(".");
  const names = columns.slice(0, 6).map((column) => `"${column.name}"`).join(", ");
  const newest = recent(Object.entries(days)).at(-1)?.[0];
  return `select ${names}\nfrom ${layer}.${name}${newest ? `\nwhere event_date = date '${newest}'` : ""}\nlimit 100;`;
};

const shown = (value) => (value === null ? "–" : typeof value === "object" ? JSON.stringify(value) : figure(value).slice(0, 120));

const Sample = ({ address, columns }) => {
  const asked = useAsked(`api/v1/tables/${address}/rows?limit=20`);
  const shownColumns = columns.filter((column) => !column.name.startsWith("_")).map((column) => [column.name, (row) => shown(row[column.name])]);
  return h(
    Panel,
    { title: "Newest rows" },
    h(Answer, { asked }, ({ items, total }) =>
      h(
        "div",
        null,
        h(Text, { color: "fg.muted", fontSize: "xs", mb: 1 }, `${count(items.length)} of ${count(total)} of the newest day`),
        h(Rows, { columns: shownColumns, rows: items, label: "Newest rows", empty: "The table has no rows." }),
      ),
    ),
  );
};

export const Table = ({ address }) => {
  const asked = useAsked(`api/v1/tables/${encodeURIComponent(address)}`, 30);
  const [layer, name] = address.split(".");
  return h(Answer, { asked, height: "600px" }, (table) =>
    h(
      Flex,
      { direction: "column", gap: 4 },
      h(Heading, { as: "h1", size: "lg" }, table.address),
      h(
        Text,
        { fontSize: "sm" },
        `${count(table.rows)} rows, ${bytes(table.bytes)} in ${count(table.files)} files, version ${table.version}` +
          (table.newest_event_at ? `, newest event ${ago(table.newest_event_at)} (${time(table.newest_event_at)})` : ""),
      ),
      layer === "bronze" && h(Ledger, { feed: name }),
      Object.keys(table.days).length > 0 &&
        h(Panel, { title: "Rows by day" }, h(Chart, { height: 165, label: "Rows by day", option: calendar(recent(Object.entries(table.days)), "rows") })),
      h(
        Grid,
        { gap: 4, templateColumns: { base: "minmax(0, 1fr)", lg: "repeat(2, minmax(0, 1fr))" } },
        h(Panel, { title: "Columns" }, h(Rows, { columns: [["Column", (column) => column.name], ["Type", (column) => column.type]], rows: table.columns, label: "Columns" })),
        h(Panel, { title: "Query it", note: "DuckDB; docs/clients.md says how to get in." }, h(Code, { as: "pre", display: "block", fontSize: "xs", p: 3, whiteSpace: "pre-wrap" }, sql(address, table.columns, table.days))),
      ),
      h(Sample, { address: table.address, columns: table.columns }),
    ),
  );
};
