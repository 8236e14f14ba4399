// The time and the choice that a dashboard's address says, as far as it says something. Nothing is drawn here.
import { now } from "./words.js";

const DAY = 86400000;
const MOST_HOURS = 8784;
const EARLIEST = Date.UTC(1971, 0, 1);
const LATEST = Date.UTC(9999, 0, 1); // the server knows no later years

// Whole minutes, so that the server may answer the same question from memory.
export const spanOf = (hours, to) => {
  const end = to ?? Math.ceil(now() / 60000) * 60000;
  return { from: new Date(end - hours * 3600000).toISOString(), to: new Date(end).toISOString() };
};

const known = (moment) => (moment >= EARLIEST && moment <= LATEST ? moment : undefined);

export const asked = ({ hours, to, ...others }, filters) => ({
  hours: Number(hours) > 0 && Number(hours) <= MOST_HOURS ? Number(hours) : 168,
  to: known(Date.parse(to)),
  chosen: Object.fromEntries(filters.map((each) => [each.column, others[each.column]]).filter(([, value]) => value)),
});

// Where a day ends that somebody has picked, for the address; undefined for one that a dashboard cannot end with.
export const endOf = (day) => {
  const end = known(Date.parse(day) + DAY);
  return end === undefined ? undefined : new Date(end).toISOString();
};
