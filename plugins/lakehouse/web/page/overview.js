// Overview: the flow from feeds to gold, with what it does now; incidents.
import { Chart } from "./chart.js";
import { flowing, isWell } from "./flow.js";
import { Incidents } from "./incidents.js";
import { Group } from "./streams.js";
import { System } from "./system.js";
import { Answer, Empty, h, Panel, useAsked } from "./ui.js";
import { count, named, now, rate } from "./words.js";

const { useEffect, useRef } = globalThis.React;
const { Box, Flex, Grid, Heading, Text } = globalThis.ChakraUI;
const KEPT = 200; // looks at the rates, one each three seconds: ten minutes

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
    const at = now();
    feeds.forEach((feed) => kept.current.has(feed.system) || kept.current.set(feed.system, []));
    kept.current.forEach((points, system) => {
      const of = feeds.filter((feed) => feed.system === system);
      points.push([at, of.reduce((sum, feed) => sum + (flow[feed.feed].rate ?? 0), 0)]);
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
  xAxis: { type: "time", min: now() - KEPT * 3000, max: now() },
  yAxis: { type: "value", minInterval: 1 },
});

export const Overview = () => {
  const feeds = useAsked("api/v1/feeds");
  const streams = useAsked("api/v1/streams", 3);
  const lag = useAsked("api/v1/lag", 5);
  const tables = useAsked("api/v1/tables", 5);
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
        h(Box, { key: system, mb: 4 }, h(System, { system, feeds: listed.filter((feed) => feed.system === system), flow, streams: streams.data?.items ?? [], tables: tables.data?.items ?? [] })),
      ),
    ),
  );
};
