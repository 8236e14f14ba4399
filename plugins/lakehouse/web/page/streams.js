// Stream groups: what their drivers do, and starting and stopping them by the DAG `streams`.
import { Refusal, Run, RunButton, useRun } from "./runs.js";
import { Answer, Empty, h, Panel, State, useAsked } from "./ui.js";
import { count, duration, now } from "./words.js";

const { Box, Flex, Text } = globalThis.ChakraUI;
const SILENT_SECONDS = 30; // after which a driver's word is old

// What a driver says of itself.
export const Group = ({ stream }) => {
  const isStopped = stream.desired === "stopped";
  const drains = stream.phase === "draining" && now() / 1000 - stream.published_at < SILENT_SECONDS;
  const rests = drains ? "draining" : isStopped ? "stopped" : "not at work";
  return h(
    Flex,
    { align: "center", fontSize: "sm", gap: 3, wrap: "wrap" },
    h(Text, { fontWeight: "medium" }, stream.group),
    h(State, { palette: stream.is_alive ? "green" : isStopped ? "gray" : "red" }, stream.is_alive ? stream.phase : rests),
    stream.is_alive && isStopped && h(Text, { color: "fg.muted" }, "is asked to stop"),
    stream.is_alive && h(Text, { color: "fg.muted" }, `micro-batch ${duration(stream.batch_seconds)}, writer ${stream.writer}`),
    stream.last_error && h(Text, { color: "fg.error" }, stream.last_error),
    Object.entries(stream.live ?? {}).map(([name, live]) => live.last_error && h(Text, { color: "fg.error", key: name }, `live.${name}: ${live.last_error}`)),
  );
};

// The group that reads the feed.
export const Stream = ({ feed, me }) => {
  const asked = useAsked("api/v1/streams", 5);
  const run = useRun("streams");
  return h(
    Panel,
    { title: "Stream" },
    h(Answer, { asked, height: "60px" }, ({ items }) => {
      const stream = items.find((each) => each.reads.includes(feed));
      if (!stream) return h(Empty, null, "No stream group reads this feed.");
      const many = stream.reads.length;
      const button = (action, title, sure) => h(RunButton, { conf: { group: stream.group, action }, key: action, me, run, sure }, title);
      const runs = stream.desired === "running";
      return h(
        Box,
        null,
        h(Group, { stream }),
        h(
          Flex,
          { align: "center", gap: 3, mt: 2, wrap: "wrap" },
          runs && button("stop", "Stop", `Stop ${stream.group}: ${count(many)} ${many === 1 ? "feed" : "feeds"}`),
          runs && stream.is_alive ? button("restart", "Restart") : button("start", "Start"),
          h(Refusal, { dag: run.dag, me }),
          h(Run, { run }),
        ),
        h(Text, { color: "fg.muted", fontSize: "xs", mt: 1 }, `Reads ${stream.reads.join(", ")}. What is asked for is done within a minute, and it stays as it was asked to be.`),
      );
    }),
  );
};
