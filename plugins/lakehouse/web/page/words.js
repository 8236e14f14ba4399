// Figures and times as people read them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

export const count = (value) => (value === null || value === undefined ? "–" : whole.format(value));

const ISO_TIME = /^\d{4}-\d\d-\d\dT/;

export const figure = (value) =>
  typeof value === "string" && ISO_TIME.test(value) ? time(value).slice(0, 16) : typeof value !== "number" ? String(value ?? "–") : Math.abs(value) >= 1000 ? whole.format(value) : short.format(value);

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

export const secondsSince = (iso) => (iso ? (Date.now() - Date.parse(iso)) / 1000 : null);

export const ago = (iso) => (iso ? (secondsSince(iso) < 0 ? "ahead" : `${duration(secondsSince(iso))} ago`) : "–");

// All times are UTC, as the days of all tables are.
export const time = (iso) => (iso ? `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")}` : "–");

export const named = (column) => column.replaceAll("_", " ");
