// Overview: the flow from feeds to gold, with what it does now; incidents.
import { Chart } from "./chart.js";
import { flowing, freshness, isWell, waiting } from "./flow.js";
import { Incidents } from "./incidents.js";
import { Group } from "./streams.js";
import { Answer, Empty, h, HOME, Panel, State, To, useAsked } from "./ui.js";
import { ago, count, duration, named, rate } from "./words.js";

const { useEffect, useRef } = globalThis.React;
const { Box, Flex, Grid, Heading, Text } = globalThis.ChakraUI;
const KEPT = 200; // looks at the rates, one each three seconds: ten minutes
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
  const bad = states.filter((state) => state !== "unknown" && !isWell(state)).length;
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
      { title: "Records a second", side: h(Answer, { asked: streams, height: "20px" }, ({ items }) => h(Flex, { direction: "column" }, items.map((stream) => h(Group, { key: stream.group, stream })))) },
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
