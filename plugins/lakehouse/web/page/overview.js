// Overview: the flow from feeds to gold, with what it does now; incidents.
import { Chart } from "./chart.js";
import { Incidents } from "./incidents.js";
import { Answer, Empty, h, HOME, Panel, State, To, useAsked } from "./ui.js";
import { ago, count, duration, named, rate, secondsSince } from "./words.js";

const { useEffect, useRef } = globalThis.React;
const { Box, Flex, Grid, Heading, Text } = globalThis.ChakraUI;
const KEPT = 200; // looks at the rates, one each three seconds: ten minutes
const WORST = ["REWIND", "STALL", "STOP", "WARN", "OK"];

// Feed → what its driver, while it is at work, and the last look at its lag say.
const flowing = (feeds, streams, lag) =>
  Object.fromEntries(
    feeds.map((feed) => {
      const stream = streams.find((each) => each.feeds?.[feed.feed]);
      const driver = stream?.is_alive ? stream.feeds[feed.feed] : undefined;
      const looks = lag.filter((each) => each.feed === feed.feed);
      const least = (name) => looks.map((each) => each[name]).filter((value) => value !== null).sort((a, b) => a - b)[0] ?? null;
      return [
        feed.feed,
        {
          state: stateOf(stream, driver, looks),
          rate: driver ? driver.rows_per_second : null,
          unread: driver ? driver.lag : looks.length ? looks.reduce((sum, each) => sum + each.lag_records, 0) : null,
          oldest: looks.length ? Math.max(...looks.map((each) => each.lag_seconds ?? 0)) : null,
          runway: least("runway_hours"),
          wasLookedAt: looks.length > 0,
          arrives: looks.some((each) => each.arrived),
          error: driver?.last_error,
        },
      ];
    }),
  );

const stateOf = (stream, driver, looks) => {
  if (driver?.parked_until && driver.last_error) return "parked";
  if (stream && !driver) return stream.desired === "running" ? "STOP" : "stopped";
  return WORST.find((word) => looks.some((each) => each.state === word)) ?? "unknown";
};

const freshness = (feed, table, flow) => {
  const age = secondsSince(table?.newest_event_at);
  if (age === null) return ["empty", "gray"];
  if (age <= feed.sla.freshness_seconds) return ["fresh", "green"];
  if (!flow.wasLookedAt) return ["unknown", "gray"];
  return flow.arrives ? ["stale", "orange"] : ["idle", "gray"];
};

const waiting = (now) =>
  [
    now.unread > 0 && `${count(now.unread)} unread`,
    now.unread > 0 && now.oldest >= 1 && `oldest ${duration(now.oldest)}`,
    now.runway !== null && now.runway < 24 && `deleted in ${duration(now.runway * 3600)}`,
  ]
    .filter(Boolean)
    .join(", ");

const Stage = ({ title, children }) =>
  h(Box, { minW: 0 }, h(Text, { color: "fg.muted", fontSize: "xs", mb: 1, textTransform: "uppercase" }, title), children);

const Line = ({ children }) =>
  h(Flex, { align: "center", fontSize: "sm", gap: 2, justify: "space-between", minH: "26px", wrap: "wrap", borderBottomWidth: "1px", borderColor: "border.muted" }, children);

const System = ({ system, feeds, flow, tables }) => {
  const of = (address) => tables.find((table) => table.address === address);
  const gold = tables.filter((table) => table.layer === "gold" && table.system === system);
  return h(
    Panel,
    { title: named(system), side: h(To, { to: `${HOME}/${system}`, fontSize: "sm" }, "Dashboard") },
    h(
      Grid,
      { gap: 4, templateColumns: { base: "1fr", md: "2fr 1.4fr 1.6fr" } },
      h(
        Stage,
        { title: "Kafka → bronze" },
        feeds.map((feed) => {
          const now = flow[feed.feed];
          return h(
            Line,
            { key: feed.feed },
            h(To, { to: `${HOME}/feeds/${feed.feed}` }, feed.topic),
            h(
              Flex,
              { align: "center", gap: 2, whiteSpace: "nowrap" },
              h(Text, { title: "records committed a second" }, rate(now.rate)),
              h(Text, { color: "fg.muted", whiteSpace: "normal" }, waiting(now)),
              h(State, null, now.state),
            ),
            now.error && h(Text, { color: "fg.error", fontSize: "xs", width: "100%" }, now.error),
          );
        }),
      ),
      h(
        Stage,
        { title: "newest event in bronze" },
        feeds.map((feed) => {
          const table = of(`bronze.${feed.feed}`);
          const [word, palette] = freshness(feed, table, flow[feed.feed]);
          return h(
            Line,
            { key: feed.feed },
            h(Text, null, `${ago(table?.newest_event_at)}, ${count(table?.rows ?? 0)} rows`),
            h(State, { palette }, word),
          );
        }),
      ),
      h(
        Stage,
        { title: "gold, newest day" },
        gold.length === 0 && h(Text, { color: "fg.muted", fontSize: "sm" }, "No day is built yet."),
        gold.map((table) =>
          h(
            Line,
            { key: table.address },
            h(To, { to: `${HOME}/tables/${table.address}` }, table.address.slice(5)),
            h(Text, { color: "fg.muted", title: `${count(table.rows)} rows` }, table.newest_day ?? `${count(table.rows)} rows`),
          ),
        ),
      ),
    ),
  );
};

const Figure = ({ title, children, palette }) =>
  h(
    Box,
    { bg: "bg", borderColor: "border", borderRadius: "md", borderWidth: "1px", minW: 0, p: 3 },
    h(Text, { color: "fg.muted", fontSize: "xs" }, title),
    h(Text, { color: palette ? `${palette}.fg` : undefined, fontSize: "xl", fontWeight: "semibold" }, children),
  );

// The rates since the page was opened: system → [time, records a second].
const useRates = (feeds, flow, streams) => {
  const kept = useRef(new Map());
  useEffect(() => {
    if (!streams) return;
    const now = Date.now();
    feeds.forEach((feed) => kept.current.has(feed.system) || kept.current.set(feed.system, []));
    kept.current.forEach((points, system) => {
      const of = feeds.filter((feed) => feed.system === system);
      points.push([now, of.reduce((sum, feed) => sum + (flow[feed.feed].rate ?? 0), 0)]);
      points.splice(0, points.length - KEPT);
    });
  }, [streams]);
  return kept.current;
};

const rates = (kept) => ({
  grid: { left: 8, right: 16, top: 30, bottom: 8, containLabel: true },
  legend: {},
  series: [...kept].map(([system, points]) => ({
    name: named(system), type: "line", stack: "all", areaStyle: { opacity: 0.4 }, lineStyle: { width: 1 }, showSymbol: points.length < 2, data: [...points],
  })),
  tooltip: { trigger: "axis", valueFormatter: rate },
  xAxis: { type: "time", min: Date.now() - KEPT * 3000, max: Date.now() },
  yAxis: { type: "value", minInterval: 1 },
});

const Groups = ({ streams }) =>
  streams.map((stream) =>
    h(
      Flex,
      { align: "center", fontSize: "sm", gap: 3, key: stream.group, wrap: "wrap" },
      h(Text, { fontWeight: "medium" }, stream.group),
      h(State, { palette: stream.is_alive ? "green" : stream.desired === "stopped" ? "gray" : "red" }, stream.is_alive ? stream.phase : stream.desired === "stopped" ? "stopped" : "not at work"),
      stream.is_alive && h(Text, { color: "fg.muted" }, `micro-batch ${duration(stream.batch_seconds)}, writer ${stream.writer}`),
      stream.last_error && h(Text, { color: "fg.error" }, stream.last_error),
      Object.entries(stream.live ?? {}).map(([name, live]) => live.last_error && h(Text, { color: "fg.error", key: name }, `live.${name}: ${live.last_error}`)),
    ),
  );

export const Overview = () => {
  const feeds = useAsked("api/v1/feeds");
  const streams = useAsked("api/v1/streams", 3);
  const lag = useAsked("api/v1/lag", 15);
  const tables = useAsked("api/v1/tables", 15);
  const listed = feeds.data?.items ?? [];
  const flow = flowing(listed, streams.data?.items ?? [], lag.data?.items ?? []);
  const kept = useRates(listed, flow, listed.length ? streams.data : undefined);
  const total = (name) => Object.values(flow).reduce((sum, each) => sum + (each[name] ?? 0), 0);
  const states = Object.values(flow).map((each) => each.state);
  const unknown = states.filter((state) => state === "unknown").length;
  const bad = states.filter((state) => !["OK", "unknown", "stopped"].includes(state)).length;
  const isLate = listed.some((feed) => flow[feed.feed].unread > feed.sla.lag_records);
  const bronze = (tables.data?.items ?? []).filter((table) => table.layer === "bronze");
  return h(
    Flex,
    { direction: "column", gap: 4 },
    h(Heading, { as: "h1", size: "lg" }, "Overview"),
    feeds.data?.broken.map((error) => h(Text, { color: "fg.error", key: error, role: "alert" }, `A contract cannot be read: ${error}`)),
    h(
      Grid,
      { gap: 3, templateColumns: "repeat(auto-fit, minmax(130px, 1fr))" },
      h(Figure, { title: "records a second" }, streams.data ? rate(total("rate")) : "…"),
      h(Figure, { title: "records unread", palette: isLate ? "orange" : undefined }, streams.data ? count(total("unread")) : "…"),
      h(
        Figure,
        { title: "feeds not well", palette: bad ? "red" : unknown ? undefined : "green" },
        lag.data && streams.data ? `${count(bad)}${unknown ? `, ${unknown} unknown` : ""}` : "…",
      ),
      h(Figure, { title: "rows in bronze" }, tables.data ? count(bronze.reduce((sum, table) => sum + table.rows, 0)) : "…"),
    ),
    h(Incidents),
    h(
      Panel,
      { title: "Records a second", side: h(Answer, { asked: streams, height: "20px" }, ({ items }) => h(Flex, { direction: "column" }, h(Groups, { streams: items }))) },
      kept.size ? h(Chart, { option: rates(kept), label: "Records a second by system", height: 200 }) : h(Empty, null, "Waiting for the first look."),
    ),
    lag.error && h(Text, { color: "fg.error", fontSize: "sm", role: "alert" }, `The lag is not known: ${lag.error}`),
    h(Answer, { asked: listed.length ? tables : feeds, height: "400px" }, () =>
      [...new Set(listed.map((feed) => feed.system))].map((system) =>
        h(Box, { key: system, mb: 4 }, h(System, { system, feeds: listed.filter((feed) => feed.system === system), flow, tables: tables.data?.items ?? [] })),
      ),
    ),
  );
};
