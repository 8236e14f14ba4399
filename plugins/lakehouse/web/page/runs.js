// Runs of DAGs, asked for and followed by Airflow's own API in the name of whoever is logged in: what they may is Airflow's to say.
import { airflow, ask, h, State, To, useAsked } from "./ui.js";

const { useState } = globalThis.React;
const { Button, Flex, Text } = globalThis.ChakraUI;
const OVER = ["success", "failed"];
const PALETTES = { success: "green", failed: "red" };

// The last run that this view has asked for: {run, conf, state, error, isBusy}, and trigger(conf), which asks for one.
export const useRun = (dag) => {
  const [asked, setAsked] = useState({});
  const path = asked.run && airflow(`dags/${dag}/dagRuns/${encodeURIComponent(asked.run)}`);
  const [isOver, setOver] = useState(false);
  const followed = useAsked(path ?? null, isOver ? undefined : 2);
  const state = asked.run && (followed.data?.dag_run_id === asked.run ? followed.data.state : "queued");
  if (OVER.includes(state) !== isOver) setOver(!isOver);
  const trigger = async (conf) => {
    setAsked({ isAsking: true });
    try {
      const { is_paused: isPaused } = await ask(airflow(`dags/${dag}`));
      if (isPaused) throw new Error(`The DAG ${dag} is paused, and a run of it would wait: let it run first.`);
      const body = JSON.stringify({ logical_date: null, conf, note: noteOf(conf) });
      const made = await ask(airflow(`dags/${dag}/dagRuns`), { method: "POST", headers: { "Content-Type": "application/json" }, body });
      setAsked({ run: made.dag_run_id, conf });
    } catch (error) {
      setAsked({ error: error.message });
    }
  };
  const isBusy = Boolean(asked.isAsking || (asked.run && !isOver));
  return { dag, run: asked.run, conf: asked.conf, state, error: asked.error ?? followed.error, isBusy, trigger };
};

// What Airflow's list of runs shows of it.
const noteOf = ({ action, ...of }) => `${[action, ...Object.values(of).flat()].join(" ")}, asked for on the page`;

// Where the run has come to, and the way to it in Airflow.
export const Run = ({ run }) =>
  h(
    Flex,
    { align: "center", "aria-live": "polite", fontSize: "sm", gap: 2, "data-run": run.state, wrap: "wrap" },
    run.run && h(State, { palette: PALETTES[run.state] ?? "blue" }, run.state),
    run.run && h(To, { to: `/dags/${run.dag}/runs/${encodeURIComponent(run.run)}` }, `the run of ${run.dag}`),
    run.state === "failed" && h(Text, { color: "fg.error" }, "It failed: its log says why."),
    run.error && h(Text, { color: "fg.error", role: "alert" }, run.error),
  );

// A button that asks for a run; with `sure` it asks once more before. `me`: who is logged in, as the API says.
export const RunButton = ({ run, conf, me, sure, children }) => {
  const [isAsked, setIsAsked] = useState(false);
  const may = me.data?.may_trigger.includes(run.dag) ?? false;
  const press = () => {
    setIsAsked(Boolean(sure) && !isAsked);
    if (!sure || isAsked) run.trigger(conf);
  };
  const why = may ? undefined : me.data ? refusal(run.dag) : (me.error ?? "Who is logged in is not known yet.");
  return h(
    Flex,
    { gap: 1 },
    h(Button, { colorPalette: isAsked ? "red" : undefined, disabled: !may || run.isBusy, onClick: press, size: "xs", title: why, variant: isAsked ? "solid" : "outline" }, isAsked ? sure : children),
    isAsked && h(Button, { onClick: () => setIsAsked(false), size: "xs", variant: "ghost" }, "No"),
  );
};

const refusal = (dag) => `Your role in Airflow may not trigger the DAG ${dag}.`;

// Said in words as well, as a button that cannot be pressed tells nobody why.
export const Refusal = ({ dag, me }) =>
  me.data && !me.data.may_trigger.includes(dag) && h(Text, { color: "fg.muted", fontSize: "xs" }, refusal(dag));
