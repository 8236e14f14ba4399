// The page: a component that Airflow shows in its own navigation, with a view for each part of the address.
import { Dashboard } from "./dashboard.js";
import { Feed, Feeds } from "./feeds.js";
import { Overview } from "./overview.js";
import { Table, Tables } from "./tables.js";
import { Empty, h, HOME, To, useAsked, useGoing } from "./ui.js";

const { Box, Flex } = globalThis.ChakraUI;
const VIEWS = [["", "Overview"], ["feeds", "Feeds"], ["tables", "Tables"]];

// `systems`: those that have a dashboard, by the API; until it has answered, whatever the address says may be one.
const view = (name, rest, systems) => {
  if (!name) return h(Overview);
  if (name === "feeds") return rest ? h(Feed, { feed: rest, key: rest }) : h(Feeds);
  if (name === "tables") return rest ? h(Table, { address: rest, key: rest }) : h(Tables);
  if (!systems || systems.some((each) => each.system === name)) return h(Dashboard, { key: name, system: name });
  return h(Empty, null, `There is no page ${name}.`);
};

const decoded = (part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // no address of ours: the view says so
  }
};

const Headwater = () => {
  const [path] = useGoing();
  const systems = useAsked("api/v1/dashboards").data?.items;
  const [name = "", rest] = path.slice(HOME.length + 1).split("/").map(decoded);
  return h(
    Box,
    { height: "100%", overflow: "auto", p: { base: 2, md: 4 }, "data-page": name || "overview" },
    h(
      Flex,
      { as: "nav", "aria-label": "Headwater", borderBottomWidth: "1px", borderColor: "border", gap: 4, mb: 4, overflowX: "auto", pb: 2 },
      [...VIEWS, ...(systems ?? []).map((each) => [each.system, each.title])].map(([to, title]) =>
        h(To, { "aria-current": to === name ? "page" : undefined, fontWeight: to === name ? "bold" : "normal", key: to, to: to ? `${HOME}/${to}` : HOME, whiteSpace: "nowrap" }, title),
      ),
    ),
    view(name, rest, systems),
  );
};

// Airflow takes the component from here, by the name of the plugin's app.
globalThis.Headwater = Headwater;
globalThis.AirflowPlugin = Headwater;
