// Figures and times as people read them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

export const count = (value) => (value === null || value === undefined ? "–" : whole.format(value));

// As the API writes times: nothing else of a record is taken for one.
const ISO_TIME = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T\d\d:\d\d:\d\d(\.\d+)?\+00:00$/;

export const figure = (value) => {
  if (typeof value === "string" && ISO_TIME.test(value)) return value.slice(0, 16).replace("T", " ");
  if (typeof value !== "number") return String(value ?? "–");
  return Math.abs(value) >= 1000 ? whole.format(value) : short.format(value);
};

// A time for an axis, so many seconds later; a day begins at midnight in UTC.
export const day = (iso, later = 0) => new Date(Date.parse(iso.length === 10 ? `${iso}T00:00:00Z` : iso) + later * 1000).toISOString();

export const rate = (value) => (value === null || value === undefined ? "–" : `${short.format(Math.round(value * 10) / 10)}/s`);

export const bytes = (value) => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = value > 0 ? Math.min(Math.floor(Math.log10(value) / 3), units.length - 1) : 0;
  return `${short.format(value / 1000 ** power)} ${units[power]}`;
};

export const duration = (seconds) => {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return `${short.format(Math.round(seconds * 100) / 100)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
};

// The server's clock, by the last answer that said it: a visitor's may be hours off. Answers have whole seconds, and take some to come.
let ahead = 0;
export const hearClock = (date, heardAt = Date.now()) => {
  const apart = Date.parse(date) - heardAt;
  if (!Number.isNaN(apart)) ahead = Math.abs(apart) < 3000 ? 0 : apart;
};
export const now = () => Date.now() + ahead;

export const secondsSince = (iso) => (iso ? (now() - Date.parse(iso)) / 1000 : null);

export const ago = (iso) => (iso ? (secondsSince(iso) < 0 ? "ahead" : `${duration(secondsSince(iso))} ago`) : "–");

// All times are UTC, as the days of all tables are.
export const time = (iso) => (iso ? iso.slice(0, 19).replace("T", " ") : "–");

export const named = (column) => column.replaceAll("_", " ");
