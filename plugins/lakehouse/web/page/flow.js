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
      const least = (name) => looks.map((each) => each[name]).filter((value) => value !== null).sort((a, b) => a - b)[0] ?? null;
      return [
        feed.feed,
        {
          state: stateOf(stream, driver, looks),
          group: stream?.group,
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
  if (stream && !driver && stream.desired !== "running") return "stopped";
  if (stream && !driver && !stream.is_alive) return "STOP";
  if (stream && !driver) return stream.phase === "starting" ? "starting" : "unknown"; // it has not taken the feed up yet
  return WORST.find((word) => looks.some((each) => each.state === word)) ?? "unknown";
};

export const freshness = (feed, table, flow) => {
  const age = secondsSince(table?.newest_event_at);
  if (age === null) return ["empty", "gray"];
  if (age <= feed.sla.freshness_seconds) return ["fresh", "green"];
  if (!flow.wasLookedAt) return ["unknown", "gray"];
  return flow.arrives ? ["stale", "orange"] : ["idle", "gray"];
};

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
