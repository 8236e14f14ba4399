// Why records of a feed are bad, samples of them, and their replay by the DAG `replay_quarantine`: a preview, then, asked for, the days.
import { Refusal, Run, RunButton, useRun } from "./runs.js";
import { airflow, Answer, Choice, h, HOME, Panel, Rows, To, useAsked } from "./ui.js";
import { count } from "./words.js";

const { Box, Code, Flex, Heading, Text } = globalThis.ChakraUI;
const { useState } = globalThis.React;
const DAG = "replay_quarantine";

const Samples = ({ address, title }) => {
  const asked = useAsked(`api/v1/tables/${address}/rows?limit=10`, 30);
  const columns = [
    ["Offset", (row) => `${row.partition}/${row.offset}`],
    ["Reasons", (row) => (row.reasons ?? [row.reason]).join(", ")],
    ["Value", (row) => h(Code, { fontSize: "xs", wordBreak: "break-all" }, (row.value ?? "none").slice(0, 500))],
  ];
  return h(
    Box,
    { mt: 3 },
    h(Heading, { as: "h3", size: "xs", mb: 1 }, title),
    h(Answer, { asked, height: "60px" }, ({ items }) => h(Rows, { columns, rows: items, label: title, empty: "None." })),
  );
};

// What the judging has found, which the task leaves as an XCom; Airflow hands it out as text.
const Judged = ({ run, me }) => {
  const path = airflow(`dags/${DAG}/dagRuns/${encodeURIComponent(run.run)}/taskInstances/preview/xcomEntries/preview`);
  const asked = useAsked(path);
  return h(Answer, { asked, height: "60px" }, ({ value }) => {
    const { lines, days } = typeof value === "string" ? JSON.parse(value) : value;
    const isPreview = run.conf.action === "preview";
    const many = `${count(days.length)} ${days.length === 1 ? "day" : "days"}`;
    return h(
      Box,
      { mt: 2 },
      h(Code, { as: "pre", display: "block", fontSize: "xs", maxH: "240px", overflow: "auto", p: 2, whiteSpace: "pre-wrap", "data-judged": run.conf.action }, lines.join("\n")),
      isPreview && days.length > 0 && h(Box, { mt: 2 }, h(RunButton, { conf: { ...run.conf, action: "apply" }, me, run, sure: `Build ${many} again` }, `Apply: ${many} from silver to gold`)),
      !isPreview && h(Text, { fontSize: "sm", mt: 1 }, days.length ? `${many} built again.` : "No day had a row that passes."),
    );
  });
};

const Replay = ({ feed, reasons, me }) => {
  const [reason, setReason] = useState("");
  const run = useRun(DAG);
  return h(
    Box,
    { mt: 3 },
    h(Heading, { as: "h3", size: "xs", mb: 1 }, "Replay"),
    h(
      Text,
      { color: "fg.muted", fontSize: "xs", mb: 2 },
      "Judges the rows in quarantine by today's contract, which changes nothing, and then offers to build the days again that have a row which passes. ",
      h(To, { to: `/dags/${DAG}` }, "Its form"),
      " has days as well.",
    ),
    h(
      Flex,
      { align: "center", gap: 3, wrap: "wrap" },
      h(Choice, { any: "all rows", choices: reasons.map((each) => [each.reason, each.reason]), label: "Of", name: "reason", value: reason, onChange: setReason }),
      h(RunButton, { conf: { feed, action: "preview", reasons: reason ? [reason] : [] }, me, run }, "Preview a replay"),
      h(Refusal, { dag: DAG, me }),
      h(Run, { run }),
    ),
    run.state === "success" && h(Judged, { key: run.run, me, run }),
  );
};

export const Quarantine = ({ feed, sides, me }) => {
  const reasons = useAsked(`api/v1/feeds/${feed}/bad`, 30);
  const columns = [
    ["Reason", (each) => each.reason],
    ["In", (each) => h(To, { to: `${HOME}/tables/${sides[each.side]}` }, sides[each.side])],
    ["Rows", (each) => count(each.rows), "end"],
  ];
  const replayable = (reasons.data?.items ?? []).filter((each) => each.side === "quarantine");
  return h(
    Panel,
    { title: "Quarantine and dead letters", note: "Of the last 30 days; a row counts for each of its reasons." },
    h(Answer, { asked: reasons }, ({ items }) => h(Rows, { columns, rows: items, label: "Reasons", empty: "No row is bad." })),
    h(Replay, { feed, me, reasons: replayable }),
    h(Samples, { address: sides.quarantine, title: "Quarantine of the newest day" }),
    h(Samples, { address: sides.dead_letters, title: "Dead letters of the newest day" }),
  );
};
