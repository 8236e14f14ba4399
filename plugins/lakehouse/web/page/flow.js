// What each feed does now, of what the API says of contracts, drivers, lag and tables. Nothing is drawn here.
import { count, duration, secondsSince } from "./words.js";

const WORST = ["REWIND", "STALL", "STOP", "WARN", "OK"];
const WELL = ["OK", "starting", "stopped"];

// Feed → what its driver, while it is at work, and the last look at its lag say.
export const flowing = (feeds, streams, lag) =>
  Object.fromEntries(
    feeds.map((feed) => {
      const stream = streams.find((each) => each.reads.includes(feed.feed));
      const driver = stream?.is_alive ? stream.feeds?.[feed.feed] : undefined;
      const looks = lag.filter((each) => each.feed === feed.feed);
      const read = driver && driver.lag !== null; // it has opened the feed
      const least = (name) => looks.map((each) => each[name]).filter((value) => value !== null).sort((a, b) => a - b)[0] ?? null;
      return [
        feed.feed,
        {
          state: stateOf(stream, driver, looks),
          group: stream?.group,
          rate: driver ? driver.rows_per_second : null,
          unread: driver?.lag ?? (looks.length ? looks.reduce((sum, each) => sum + each.lag_records, 0) : null),
          oldest: looks.length ? Math.max(...looks.map((each) => each.lag_seconds ?? 0)) : null,
          runway: least("runway_hours"),
          isKnown: read || looks.length > 0,
          comes: read ? stillComes(feed, stream, driver) : looks.some((each) => each.arrived > 0),
          committedAt: read ? driver.committed_at : null,
          error: driver?.last_error,
        },
      ];
    }),
  );

// Whether records come, by the driver's own clock: the last look at the lag has those of a minute in which a producer may have stopped.
const stillComes = (feed, stream, driver) =>
  driver.lag > 0 || (driver.committed_at !== null && stream.published_at - driver.committed_at <= feed.sla.freshness_seconds);

const stateOf = (stream, driver, looks) => {
  if (driver?.parked_until && driver.last_error) return "parked";
  if (stream && !driver && stream.desired !== "running") return "stopped";
  if (stream && !driver && !stream.is_alive) return "STOP";
  if (stream && !driver) return stream.phase === "starting" ? "starting" : "unknown"; // it has not taken the feed up yet
  return WORST.find((word) => looks.some((each) => each.state === word)) ?? "unknown";
};

export const freshness = (feed, table, flow) => {
  const age = secondsSince(table?.newest_event_at);
  const allowed = feed.sla.freshness_seconds;
  if (age === null) return ["empty", "gray"];
  if (age <= allowed) return ["fresh", "green"];
  if (!flow.isKnown) return ["unknown", "gray"];
  if (!flow.comes || cameInTime(table, flow, allowed)) return ["idle", "gray"];
  return table.is_history ? ["history", "gray"] : ["stale", "orange"];
};

// All is read, and the newest event was young when it was committed: nothing came since then.
const cameInTime = (table, flow, allowed) =>
  flow.unread === 0 && flow.committedAt !== null && flow.committedAt - Date.parse(table.newest_event_at) / 1000 <= allowed;

export const waiting = (now) =>
  [
    now.unread > 0 && `${count(now.unread)} unread`,
    now.unread > 0 && now.oldest >= 1 && `oldest ${duration(now.oldest)}`,
    now.runway !== null && now.runway < 24 && `deleted in ${duration(now.runway * 3600)}`,
  ]
    .filter(Boolean)
    .join(", ");

export const isWell = (state) => WELL.includes(state);

// What a person has to look at comes first: feeds that do not flow, the worst state first, then those that are stale, then by name.
export const notWellFirst = (feeds, flow, freshnessOf) => {
  const grade = (feed) => {
    const { state } = flow[feed.feed];
    if (state === "unknown") return WORST.length + 1;
    if (!isWell(state)) return WORST.indexOf(state); // parked: before all
    return freshnessOf(feed)[0] === "stale" ? WORST.length : WORST.length + 2;
  };
  return [...feeds].sort((one, other) => grade(one) - grade(other) || one.feed.localeCompare(other.feed));
};
