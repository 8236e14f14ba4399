// What all views share: Airflow's own React, router and components, the address, and how data is asked for and shown while it is not there.
import { hearClock } from "./words.js";

const { createElement, useCallback, useEffect, useRef, useState } = globalThis.React;
const { Link: RouterLink, useLocation, useNavigate, useSearchParams } = globalThis.ReactRouterDOM;
const { Badge, Box, Button, Flex, Heading, Link, Skeleton, Table, Text } = globalThis.ChakraUI;

export const h = createElement;
export const HOME = "/plugin/headwater";

// An address of ours below Airflow's own, which may be below a path.
export const address = (path) => new URL(`headwater/${path}`, document.baseURI).href;

// A path of Airflow's own API, for `ask`.
export const airflow = (path) => `../api/v2/${path}`;

const words = async (answer) => {
  const told = await answer.json().catch(() => ({}));
  const detail = Array.isArray(told.detail) ? told.detail.map((each) => each.msg).join("; ") : (told.detail?.reason ?? told.detail);
  if (answer.status === 401) return "You are not logged in to Airflow any more.";
  if (answer.status === 403) return "Your role in Airflow may not do this.";
  return [detail ?? `The server answered with ${answer.status}.`, told.fix].filter(Boolean).join("; ");
};

const [PATIENCE_SECONDS, ACTING_SECONDS] = [20, 120]; // for a question, and for what changes something

// Raises what a person is told: also where the server takes the question and says nothing.
export const ask = async (path, { signal, patience, ...options } = {}) => {
  const seconds = patience ?? (options.method ? ACTING_SECONDS : PATIENCE_SECONDS);
  const tooLong = AbortSignal.timeout(seconds * 1000);
  try {
    return await answered(path, { ...options, signal: signal ? AbortSignal.any([signal, tooLong]) : tooLong });
  } catch (error) {
    throw tooLong.aborted && !signal?.aborted ? new Error(`The server has said nothing for ${seconds} s.`) : error;
  }
};

const answered = async (path, options) => {
  const answer = await fetch(address(path), options);
  hearClock(answer.headers.get("Date"));
  if (!answer.ok) throw Object.assign(new Error(await words(answer)), { isMissing: answer.status === 404 });
  return answer.json();
};

// {data, error, isMissing, isLoading, again}: asked at once, whenever the path is another, and each `seconds` while the page is looked at
// and the answer before has come. With `keeps` the data stay on a further page of the same question (a span that moves on).
export const useAsked = (path, seconds, keeps = path) => {
  const [state, setState] = useState({ isLoading: true });
  const newest = useRef({});
  const again = useCallback(async () => {
    if (path === null || newest.current.path === path) return;
    newest.current.abort?.abort();
    const mine = { path, abort: new AbortController() };
    newest.current = mine;
    const kept = (before) => (before.keeps === keeps ? { data: before.data, keeps } : {});
    setState((before) => ({ ...kept(before), error: before.keeps === keeps ? before.error : undefined, isLoading: before.keeps !== keeps }));
    try {
      const data = await ask(path, { signal: mine.abort.signal });
      if (mine === newest.current) setState({ data, keeps });
    } catch (error) {
      if (mine === newest.current) setState((before) => ({ ...kept(before), error: error.message, isMissing: error.isMissing }));
    } finally {
      if (mine === newest.current) newest.current = {};
    }
  }, [keeps, path]);
  useEffect(() => {
    again();
    const timer = seconds && setInterval(() => document.hidden || again(), seconds * 1000);
    return () => clearInterval(timer);
  }, [again, seconds]);
  useEffect(() => () => newest.current.abort?.abort(), []);
  return { ...state, again };
};

// A new drawing each so many seconds: what goes by the clock moves on.
export const useTicks = (seconds) => {
  const [, setTicks] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setTicks((ticks) => ticks + 1), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
};

// The parameters of the address, which a link or a bookmark keeps.
export const useParameters = () => {
  const [found, set] = useSearchParams();
  const change = (changes) =>
    set(
      (before) => {
        const after = new URLSearchParams(before);
        Object.entries(changes).forEach(([name, value]) => (value ? after.set(name, value) : after.delete(name)));
        return after;
      },
      { replace: true },
    );
  return [Object.fromEntries(found), change];
};

export const To = ({ to, children, ...more }) => h(Link, { asChild: true, color: "fg.info", ...more }, h(RouterLink, { to }, children));

export const useGoing = () => [useLocation().pathname, useNavigate()];

const PALETTES = {
  OK: "green", running: "green", fresh: "green", final: "green", closed: "green", built: "green", excellent: "green", good: "green",
  WARN: "orange", warning: "orange", stale: "orange", open: "orange", idle: "gray", history: "gray", unknown: "gray", starting: "blue", draining: "blue", stopped: "gray",
};

export const State = ({ children, palette }) =>
  h(Badge, { colorPalette: palette ?? PALETTES[children] ?? "red", size: "sm", variant: "subtle" }, children);

export const Panel = ({ title, note, side, children, ...more }) =>
  h(
    Box,
    { as: "section", bg: "bg", borderColor: "border", borderRadius: "md", borderWidth: "1px", minW: 0, p: 4, ...more },
    h(
      Flex,
      { align: "baseline", gap: 2, justify: "space-between", mb: 2, wrap: "wrap" },
      h(Heading, { as: "h2", size: "sm" }, title),
      side,
    ),
    note && h(Text, { color: "fg.muted", fontSize: "xs", mb: 2 }, note),
    children,
  );

export const Empty = ({ children }) =>
  h(Text, { color: "fg.muted", py: 6, textAlign: "center", "data-state": "empty" }, children ?? "Nothing here yet.");

const Failed = ({ error, again }) =>
  h(
    Box,
    { "data-state": "error", py: 4, role: "alert", textAlign: "center" },
    h(Text, { color: "fg.error", mb: 2 }, error),
    h(Button, { onClick: again, size: "xs", variant: "outline" }, "Try again"),
  );

// What there is of an answer: a grey block while there is none, the error with a button, else its children.
export const Answer = ({ asked, height = "120px", children }) => {
  if (asked.data === undefined && asked.isMissing) return h(Empty, null, `Not there, or not yet: ${asked.error.split(";")[0]}.`);
  if (asked.data === undefined && asked.error) return h(Failed, asked);
  if (asked.data === undefined) return h(Skeleton, { "data-state": "loading", height });
  return h(
    Box,
    { opacity: asked.isLoading ? 0.5 : 1 },
    asked.error && h(Text, { color: "fg.error", fontSize: "xs", mb: 2, role: "alert" }, `Not up to date: ${asked.error}`),
    children(asked.data),
  );
};

// `columns`: [title, row → what is shown, "end" for figures].
export const Rows = ({ columns, rows, label, empty, keyOf, maxH = "420px" }) =>
  rows.length === 0
    ? h(Empty, null, empty)
    : h(
        Box,
        { maxH, overflow: "auto", tabIndex: 0, role: "region", "aria-label": label },
        h(
          Table.Root,
          { size: "sm", stickyHeader: true },
          h(
            Table.Header,
            null,
            h(
              Table.Row,
              null,
              columns.map(([title, , align]) => h(Table.ColumnHeader, { key: title, textAlign: align ?? "start", whiteSpace: "nowrap" }, title)),
            ),
          ),
          h(
            Table.Body,
            null,
            rows.map((row, place) =>
              h(
                Table.Row,
                { key: keyOf ? keyOf(row) : place },
                columns.map(([title, show, align]) => h(Table.Cell, { key: title, textAlign: align ?? "start" }, show(row))),
              ),
            ),
          ),
        ),
      );

// A choice that the address keeps.
export const Choice = ({ label, name, choices, value, any, onChange }) =>
  h(
    Flex,
    { align: "center", as: "label", fontSize: "sm", gap: 2 },
    h("span", null, label),
    h(
      Box,
      {
        as: "select", bg: "bg", borderColor: "border", borderRadius: "sm", borderWidth: "1px", maxW: "200px", name, px: 2, py: 1,
        value: value ?? "", onChange: (event) => onChange(event.target.value),
      },
      any && h("option", { value: "" }, any),
      value && !choices.some(([key]) => key === value) && h("option", { value }, value),
      choices.map(([key, title]) => h("option", { key, value: key }, title)),
    ),
  );
