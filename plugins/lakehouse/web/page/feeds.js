// Feeds: the list, those first that are not well, and of each its stream, lag and throughput, partitions, records, quarantine, drift, contract.
import { Chart } from "./chart.js";
import { line } from "./drawn.js";
import { flowing, freshness, notWellFirst } from "./flow.js";
import { Quarantine } from "./quarantine.js";
import { Stream } from "./streams.js";
import { Answer, Choice, Empty, h, HOME, Panel, Rows, State, To, useAsked, useParameters } from "./ui.js";
import { ago, count, duration, named, now, rate, time } from "./words.js";

const { Box, Code, Flex, Grid, Heading, Text } = globalThis.ChakraUI;
const HOURS = [["1", "1 hour"], ["3", "3 hours"], ["5", "5 hours"]];

export const Feeds = () => {
  const asked = useAsked("api/v1/feeds");
  const streams = useAsked("api/v1/streams", 5);
  const lag = useAsked("api/v1/lag", 15);
  const bronze = useAsked("api/v1/tables?layer=bronze", 5);
  const listed = asked.data?.items ?? [];
  const flow = flowing(listed, streams.data?.items ?? [], lag.data?.items ?? []);
  const table = (feed) => bronze.data?.items.find((each) => each.address === `bronze.${feed.feed}`);
  const freshnessOf = (feed) => (bronze.data ? freshness(feed, table(feed), flow[feed.feed]) : ["…", "gray"]);
  const isKnown = streams.data && lag.data;
  const columns = [
    ["Feed", (feed) => h(To, { to: `${HOME}/feeds/${feed.feed}` }, feed.feed)],
    ["State", (feed) => (isKnown ? h(State, null, flow[feed.feed].state) : "…")],
    ["Unread", (feed) => (isKnown ? count(flow[feed.feed].unread) : "…"), "end"],
    ["Oldest unread", (feed) => duration(flow[feed.feed].unread === 0 ? 0 : flow[feed.feed].oldest), "end"],
    ["Newest event", (feed) => h(Text, { whiteSpace: "nowrap" }, ago(table(feed)?.newest_event_at))],
    ["Freshness", (feed) => h(State, { palette: freshnessOf(feed)[1] }, freshnessOf(feed)[0])],
    ["System", (feed) => named(feed.system)],
    ["Topic", (feed) => feed.topic],
    ["Partitions", (feed) => feed.partitions, "end"],
    ["Contract", (feed) => feed.version],
    ["What it brings", (feed) => h(Text, { minW: "240px" }, feed.description)],
  ];
  const unknown = [["drivers", streams], ["lag", lag], ["tables", bronze]].filter(([, { error }]) => error);
  return h(
    Flex,
    { direction: "column", gap: 4 },
    h(Heading, { as: "h1", size: "lg" }, "Feeds"),
    unknown.map(([what, { error }]) => h(Text, { color: "fg.error", fontSize: "sm", key: what, role: "alert" }, `What ${what} say is not known, or not up to date: ${error}`)),
    h(Answer, { asked, height: "420px" }, ({ broken }) =>
      h(
        Box,
        null,
        broken.map((error) => h(Text, { color: "fg.error", key: error, role: "alert" }, `A contract cannot be read: ${error}`)),
        h(Rows, { columns, rows: isKnown ? notWellFirst(listed, flow, freshnessOf) : listed, label: "Feeds", keyOf: (feed) => feed.feed, maxH: "none" }),
      ),
    ),
  );
};

// All partitions of a look, which have its time, together: [time, figure].
const byLook = (looks, value) => {
  const found = new Map();
  looks.forEach((look) => found.set(look.sampled_at, value(found.get(look.sampled_at), look)));
  return [...found].sort();
};
const sum = (name) => (before, look) => (look[name] === null ? (before ?? null) : (before ?? 0) + look[name]);
const most = (name) => (before, look) => (look[name] === null ? (before ?? null) : Math.max(before ?? 0, look[name]));

const Lag = ({ feed }) => {
  const [{ hours: said }, change] = useParameters();
  const hours = HOURS.some(([each]) => each === said) ? said : "1";
  const since = new Date(Math.floor(now() / 60000) * 60000 - Number(hours) * 3600000).toISOString();
  const asked = useAsked(`api/v1/lag/${feed}?from=${encodeURIComponent(since)}`, 15, `${feed} ${hours}`);
  const side = h(Choice, { label: "Of the last", name: "hours", choices: HOURS, value: hours, onChange: (value) => change({ hours: value }) });
  return h(
    Panel,
    { title: "Lag and throughput", side },
    h(Answer, { asked, height: "420px" }, ({ items, total }) =>
      items.length === 0
        ? h(Empty, null, "Nobody has looked in this time: is the DAG `watch` paused?")
        : h(
            Box,
            null,
            total > items.length && h(Text, { color: "fg.muted", fontSize: "xs" }, `The newest ${count(items.length)} of ${count(total)} looks.`),
            h(
              Grid,
              { gap: 2, templateColumns: { base: "minmax(0, 1fr)", lg: "repeat(3, minmax(0, 1fr))" } },
              h(Chart, { height: 190, label: "Records unread", option: line("records unread", byLook(items, sum("lag_records")), "records", count) }),
              h(Chart, { height: 190, label: "Age of the oldest", option: line("age of the oldest unread", byLook(items, most("lag_seconds")), "s", duration) }),
              h(Chart, { height: 190, label: "Records that came", option: line("records that came", byLook(items, sum("arrived")), "a look", count) }),
            ),
          ),
    ),
  );
};

const Partitions = ({ feed }) => {
  const asked = useAsked("api/v1/lag", 15);
  const columns = [
    ["Partition", (each) => each.partition],
    ["State", (each) => h(State, null, each.state)],
    ["Unread", (each) => count(each.lag_records), "end"],
    ["Oldest", (each) => duration(each.lag_seconds), "end"],
    ["Rate", (each) => rate(each.records_per_second), "end"],
    ["Runway", (each) => (each.runway_hours === null ? "–" : duration(each.runway_hours * 3600)), "end"],
    ["First offset", (each) => count(each.begin_offset), "end"],
    ["Next to read", (each) => count(each.next_offset), "end"],
    ["End", (each) => count(each.end_offset), "end"],
  ];
  return h(
    Panel,
    { title: "Partitions" },
    h(Answer, { asked }, ({ items }) =>
      h(Rows, { columns, rows: items.filter((each) => each.feed === feed), label: "Partitions", empty: "Nobody has looked in the last ten minutes." }),
    ),
  );
};

const Records = ({ feed }) => {
  const asked = useAsked(`api/v1/tables/bronze.${feed}/rows?limit=15`, 5);
  const columns = [
    ["Event time", (row) => h(Text, { whiteSpace: "nowrap" }, time(row.event_time))],
    ["Partition", (row) => row.partition, "end"],
    ["Offset", (row) => count(row.offset), "end"],
    ["Key", (row) => row.key ?? "–"],
    ["Value", (row) => h(Code, { display: "block", fontSize: "xs", maxW: "640px", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }, (row.value ?? "none").slice(0, 500))],
  ];
  return h(Panel, { title: "Newest records" }, h(Answer, { asked }, ({ items }) => h(Rows, { columns, rows: items, label: "Newest records" })));
};

const bounds = (field) =>
  [
    field.minimum !== null && `≥ ${field.minimum}`,
    field.exclusive_minimum !== null && `> ${field.exclusive_minimum}`,
    field.maximum !== null && `≤ ${field.maximum}`,
    field.exclusive_maximum !== null && `< ${field.exclusive_maximum}`,
    field.valid_values.length && field.valid_values.join(", "),
  ]
    .filter(Boolean)
    .join("; ");

const Contract = ({ contract }) => {
  const fields = [
    ["Field", (field) => field.name],
    ["Type", (field) => field.spark_type],
    ["Required", (field) => (field.required ? "yes" : "")],
    ["Unit", (field) => field.unit],
    ["Bounds", bounds],
    ["What it is", (field) => field.description],
  ];
  const rules = [["Rule", (rule) => rule.name], ["What it says", (rule) => rule.description], ["Condition", (rule) => h(Code, { fontSize: "xs" }, rule.expression ?? rule.condition)]];
  const { sla } = contract;
  return h(
    Panel,
    { title: `Contract, version ${contract.version}` },
    h(
      Text,
      { fontSize: "sm", mb: 3 },
      `Key ${contract.key}; identity ${contract.identity.join(", ") || "none: every row counts"}; event time: ${contract.event_time}. ` +
        `In bronze within ${duration(sla.latency_seconds)}, fresh within ${duration(sla.freshness_seconds)}, late with more than ${count(sla.lag_records)} unread; ` +
        `kept ${sla.retention_days ? `${sla.retention_days} days` : "for ever"}.`,
    ),
    h(Rows, { columns: fields, rows: contract.fields, label: "Fields", keyOf: (field) => field.name }),
    contract.rules.length > 0 && h(Rows, { columns: rules, rows: contract.rules, label: "Rules" }),
    contract.alerts.length > 0 && h(Rows, { columns: [["Alert", (each) => each.name], ["Severity", (each) => h(State, null, each.severity)], ...rules.slice(1)], rows: contract.alerts, label: "Alerts" }),
  );
};

const Drift = ({ feed }) => {
  const asked = useAsked(`api/v1/feeds/${feed}/drift`, 60);
  const columns = [
    ["Day", (row) => row.event_date],
    ["Field", (row) => row.field],
    ["Type seen", (row) => row.type_seen],
    ["Contract says", (row) => row.expected_type ?? "nothing"],
    ["Records", (row) => count(row.count), "end"],
    ["Sample", (row) => h(Code, { fontSize: "xs" }, row.sample ?? "–")],
  ];
  return h(
    Panel,
    { title: "Drift", note: `What the contract does not name, or names otherwise. \`headwater drift ${feed}\` proposes the change of the contract.` },
    h(Answer, { asked }, ({ items }) => h(Rows, { columns, rows: items, label: "Drift", empty: "Records are as the contract says." })),
  );
};

export const Feed = ({ feed }) => {
  const asked = useAsked(`api/v1/feeds/${encodeURIComponent(feed)}`);
  const me = useAsked("api/v1/me");
  return h(Answer, { asked, height: "600px" }, (contract) =>
    h(
      Flex,
      { direction: "column", gap: 4 },
      h(
        Flex,
        { align: "baseline", gap: 3, wrap: "wrap" },
        h(Heading, { as: "h1", size: "lg" }, contract.feed),
        h(Text, { color: "fg.muted" }, `topic ${contract.topic}, ${named(contract.system)}`),
        h(To, { to: `${HOME}/tables/bronze.${contract.feed}` }, "Table"),
        h(To, { to: `${HOME}/${contract.system}` }, "Dashboard"),
      ),
      h(Text, null, contract.description),
      h(Stream, { feed: contract.feed, me }),
      h(Lag, { feed: contract.feed }),
      h(Partitions, { feed: contract.feed }),
      h(Records, { feed: contract.feed }),
      h(Quarantine, { feed: contract.feed, me, sides: contract.sides }),
      h(Drift, { feed: contract.feed }),
      h(Contract, { contract }),
    ),
  );
};
