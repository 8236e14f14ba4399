// How each stage of the flow is beside the one before it, by what the API says of tables and drivers. Nothing is drawn here.
import { now } from "./words.js";

const BUILT_WITHIN = 6 * 3600; // seconds after midnight, in which the day that has ended is built
const LIVE_LATE = 300; // what breaks its contract reaches no live table, and some minutes of it are no news
const DAY = 86400000;

const bySource = (table, tables) => tables.filter((each) => table.sources.includes(each.address));

// [word, palette, what is missing] of a table that is built by day, silver or gold: whether it has the newest day that is over of what it
// is computed from.
export const built = (table, tables) => {
  const due = bySource(table, tables).map((each) => each.newest_over_day).filter(Boolean).sort().at(-1);
  if (!Object.hasOwn(table, "newest_over_day") || table.newest_day === null) return table.rows ? ["built", "green", ""] : ["empty", "gray", ""];
  if (!due || (table.newest_over_day ?? "") >= due) return ["built", "green", ""];
  const told = `${table.sources.join(", ")} has ${due}`;
  return now() - Date.parse(due) - DAY <= BUILT_WITHIN * 1000 ? ["due", "blue", told] : ["behind", "orange", told];
};

const windowOf = (address) => Number(/_(\d+)m$/.exec(address)?.[1] ?? 0) * 60;

// The same of a live table, which has what bronze has within seconds. `feeds`: those of the API, `streams`: what drivers say.
export const live = (table, tables, feeds, streams) => {
  const error = streams.map((stream) => stream.live?.[table.address.slice(5)]?.last_error).find(Boolean);
  if (error) return ["parked", "red", error];
  if (!table.newest_event_at) return ["empty", "gray", ""];
  const sources = bySource(table, tables).filter((each) => each.newest_event_at);
  const allowed = Math.max(0, ...feeds.filter((feed) => table.sources.includes(`bronze.${feed.feed}`)).map((feed) => feed.sla.freshness_seconds));
  const behind = Math.max(0, ...sources.map((each) => Date.parse(each.newest_event_at) - Date.parse(table.newest_event_at))) / 1000;
  return behind > windowOf(table.address) + allowed + LIVE_LATE ? ["behind", "orange", "bronze has newer events"] : ["in step", "green", ""];
};
