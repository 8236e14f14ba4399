// The flow of one system on the overview: feeds and their bronze, silver, gold, and live beside them, each part with what it does now.
import { freshness, waiting } from "./flow.js";
import { built, live } from "./stages.js";
import { h, HOME, Panel, State, To } from "./ui.js";
import { ago, count, named, rate, time } from "./words.js";

const { Box, Flex, Grid, Text } = globalThis.ChakraUI;

const Stage = ({ title, children }) =>
  h(Box, { minW: 0 }, h(Text, { color: "fg.muted", fontSize: "xs", mb: 1, textTransform: "uppercase" }, title), children);

const Line = ({ children }) =>
  h(Flex, { align: "center", borderBottomWidth: "1px", borderColor: "border.muted", fontSize: "sm", gap: 2, justify: "space-between", minH: "26px", wrap: "wrap" }, children);

const Beside = ({ children, title }) =>
  h(Flex, { align: "center", color: "fg.muted", gap: 2, title, whiteSpace: "nowrap" }, children);

const Feed = ({ feed, now, table }) => {
  const [word, palette] = freshness(feed, table, now);
  return h(
    Line,
    null,
    h(To, { to: `${HOME}/feeds/${feed.feed}` }, feed.topic),
    h(
      Flex,
      { align: "center", gap: 2, whiteSpace: "nowrap" },
      h(Text, { title: "records committed a second" }, rate(now.rate)),
      h(Text, { color: "fg.muted", whiteSpace: "normal" }, waiting(now)),
      h(State, null, now.state),
    ),
    h(
      Flex,
      { align: "center", color: "fg.muted", fontSize: "xs", justify: "space-between", title: time(table?.newest_event_at), width: "100%" },
      h(Text, null, `newest event ${ago(table?.newest_event_at)}, ${count(table?.rows ?? 0)} rows`),
      h(State, { palette }, word),
    ),
    now.error && h(Text, { color: "fg.error", fontSize: "xs", width: "100%" }, now.error),
  );
};

// Of a table that is built by day the newest day; of one that is written as records come, how old its newest event is.
const Built = ({ table, judged: [word, palette, why], newest }) =>
  h(
    Line,
    null,
    h(To, { overflowWrap: "anywhere", to: `${HOME}/tables/${table.address}` }, table.address.replace(/^\w+\./, "")),
    h(
      Beside,
      { title: [`${count(table.rows)} rows, version ${count(table.version)}`, table.newest_event_at && `newest event ${time(table.newest_event_at)}`, why].filter(Boolean).join("; ") },
      h(Text, null, newest),
      h(State, { palette }, word),
    ),
  );

const ofDays = (table, tables) => h(Built, { judged: built(table, tables), key: table.address, newest: table.newest_day ?? `${count(table.rows)} rows`, table });

export const System = ({ system, feeds, flow, streams, tables }) => {
  const of = (layer) => tables.filter((table) => table.layer === layer && table.system === system);
  const [silver, gold, windows] = ["silver", "gold", "live"].map(of);
  const none = h(Text, { color: "fg.muted", fontSize: "sm" }, "No day is built yet.");
  return h(
    Panel,
    { title: named(system), side: h(To, { to: `${HOME}/${system}`, fontSize: "sm" }, "Dashboard") },
    h(
      Grid,
      { gap: 4, templateColumns: { base: "minmax(0, 1fr)", md: "repeat(2, minmax(0, 1fr))", xl: "minmax(0, 1.3fr) repeat(3, minmax(0, 1fr))" } },
      h(
        Stage,
        { title: "Kafka → bronze" },
        feeds.map((feed) => h(Feed, { feed, key: feed.feed, now: flow[feed.feed], table: tables.find((table) => table.address === `bronze.${feed.feed}`) })),
      ),
      h(Stage, { title: "→ silver, newest day" }, silver.length ? silver.map((table) => ofDays(table, tables)) : none),
      h(Stage, { title: "→ gold, newest day" }, gold.length ? gold.map((table) => ofDays(table, tables)) : none),
      windows.length > 0 &&
        h(
          Stage,
          { title: "→ live, newest window" },
          windows.map((table) => h(Built, { judged: live(table, tables, feeds, streams), key: table.address, newest: ago(table.newest_event_at), table })),
        ),
    ),
  );
};
