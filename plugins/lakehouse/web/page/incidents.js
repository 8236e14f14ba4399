// Incidents, and what people do about them.
import { Answer, ask, h, Panel, Rows, State, useAsked } from "./ui.js";
import { ago, now, time } from "./words.js";

const { useState } = globalThis.React;
const { Box, Button, Flex, Text } = globalThis.ChakraUI;

const isMuted = (incident) => Date.parse(incident.muted_until) > now();

const Do = ({ incident, again }) => {
  const [told, setTold] = useState("");
  const [isBusy, setBusy] = useState(false);
  const act = (what) => async () => {
    setBusy(true);
    try {
      await ask(`actions/incidents/${encodeURIComponent(incident.incident_id)}/${what}`, { method: "POST", headers: { "X-Headwater": "page" } });
      setTold("");
      await again();
    } catch (error) {
      setTold(error.message);
    }
    setBusy(false);
  };
  const button = (what, title, why) =>
    h(Button, { "aria-label": `${title}: ${incident.incident_id}`, disabled: isBusy, onClick: act(what), size: "2xs", title: why, variant: "outline" }, title);
  return h(
    Flex,
    { gap: 2, wrap: "wrap" },
    !incident.acknowledged_at && button("acknowledge", "Acknowledge", "Somebody is at it: no more reminders"),
    isMuted(incident) ? button("unmute", "Unmute", "Mails of it again") : button("mute?hours=8", "Mute 8 h", "No mail of it for eight hours"),
    told && h(Text, { color: "fg.error", fontSize: "xs", role: "alert" }, told),
  );
};

const noted = (incident) =>
  [
    incident.acknowledged_at && `${incident.acknowledged_by} is at it`,
    isMuted(incident) && `muted until ${time(incident.muted_until)}`,
  ]
    .filter(Boolean)
    .join(", ");

export const Incidents = () => {
  const asked = useAsked("api/v1/incidents", 5);
  const me = useAsked("api/v1/me");
  const [showsClosed, setShowsClosed] = useState(false);
  const closed = useAsked(showsClosed ? "api/v1/incidents?state=closed&limit=20" : null);
  const columns = [
    ["Severity", (each) => h(State, { palette: each.severity === "critical" ? "red" : "orange" }, each.severity)],
    ["What", (each) => h(Box, null, h(Text, { fontWeight: "medium" }, `${each.cause}, ${each.where}`), h(Text, { color: "fg.muted", fontSize: "xs" }, each.what))],
    ["What to do", (each) => h(Text, { fontSize: "xs", minW: "160px" }, each.fix)],
    ["Since", (each) => h(Text, { title: time(each.opened_at), whiteSpace: "nowrap" }, ago(each.opened_at))],
  ];
  const open = [...columns, ["", (each) => h(Box, null, h(Text, { fontSize: "xs" }, noted(each)), me.data?.may_act && h(Do, { incident: each, again: asked.again }))]];
  const over = [...columns, ["Closed", (each) => h(Text, { title: time(each.closed_at), whiteSpace: "nowrap" }, ago(each.closed_at))]];
  const side = h(Button, { "aria-expanded": showsClosed, onClick: () => setShowsClosed(!showsClosed), size: "2xs", variant: "ghost" }, showsClosed ? "Hide closed ones" : "Closed ones");
  return h(
    Panel,
    { title: "Incidents", side },
    h(Answer, { asked, height: "60px" }, ({ items }) =>
      h(Rows, { columns: open, rows: items, label: "Open incidents", empty: "No incident is open.", keyOf: (each) => each.incident_id }),
    ),
    showsClosed &&
      h(Answer, { asked: closed }, ({ items }) =>
        h(Rows, { columns: over, rows: items, label: "Closed incidents", empty: "None was ever closed.", keyOf: (each) => each.incident_id + each.opened_at }),
      ),
  );
};
