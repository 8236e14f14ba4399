// How each kind of chart of the server (dashboards/model.py) is drawn: its figures as an option of Apache ECharts.
import { day, figure, named } from "./words.js";

const NAMED = { red: "#D1495B", orange: "#E69F00", yellow: "#D9C400" };
const BANDS = ["rgba(209,73,91,.16)", "rgba(230,120,0,.13)", "rgba(230,200,0,.11)", "rgba(86,180,233,.11)", "rgba(0,158,115,.15)"];
const ISO = /^\d{4}-\d\d-\d\d/;
export const isTime = (x) => ISO.test(x);
export const GRID = { left: 8, right: 16, top: 36, bottom: 8, containLabel: true };
export const CLOCK = { type: "time", axisLabel: { hideOverlap: true } };

const spoken = (value) => (Array.isArray(value) ? value.slice(1).map(figure).join(", ") : figure(value));
const text = (value) => String(value ?? "none");
const legend = (drawn) => (drawn.length > 1 ? {} : undefined);

// A single line over time, for what a view counts itself.
export const line = (name, points, unit, told) => ({
  grid: { ...GRID, top: 28 },
  series: [{ name, type: "line", areaStyle: { opacity: 0.25 }, data: points, showSymbol: points.length < 3 }],
  tooltip: { trigger: "axis", valueFormatter: told },
  xAxis: CLOCK,
  yAxis: { type: "value", name: unit, min: 0, nameTextStyle: { align: "left" } },
});

// Name, look and points [x, y] of each series: one for each y and each value of the column that splits them.
const seriesOf = (chart, figures, words) => {
  const at = (column) => figures.columns.indexOf(column);
  const called = (column) => words[column] ?? named(column);
  const points = (rows, column) => rows.map((row) => [row[at(chart.x)], row[at(column)]]);
  if (!chart.split) return chart.y.map((column) => ({ name: called(column), points: points(figures.rows, column) }));
  const parts = Map.groupBy(figures.rows, (row) => text(row[at(chart.split)]));
  return [...parts].flatMap(([name, rows]) =>
    chart.y.map((column) => ({
      name: chart.y.length > 1 ? `${name}: ${called(column)}` : name,
      color: NAMED[name],
      points: points(rows, column),
    })),
  );
};

const bands = (chart) =>
  chart.bands.length === 0
    ? undefined
    : {
        silent: true,
        label: { color: "inherit", fontSize: 11, position: "insideTopLeft" },
        data: chart.bands.map((band, place) => [
          { name: band.name, yAxis: place ? chart.bands[place - 1].upto : 0, itemStyle: { color: BANDS[place % BANDS.length] } },
          { yAxis: band.upto },
        ]),
      };

// A line is cut where more than one bar of time has no row; a point that then stands alone gets a mark.
const cut = (points, seconds) => {
  const apart = (one, other) => !one || !other || Date.parse(other[0]) - Date.parse(one[0]) > seconds * 1500;
  return points.flatMap((point, place) => {
    const [before, after] = [points[place - 1], points[place + 1]];
    const shown = { value: point, symbol: apart(before, point) && apart(point, after) ? "circle" : "none" };
    return before && apart(before, point) ? [[day(before[0], seconds), null], shown] : [shown];
  });
};

// What is stacked has a point at every time that any of them has: ECharts piles up by place, not by time.
const filled = (points, every) => {
  const known = new Map(points);
  return every.map((x) => [x, known.get(x) ?? 0]);
};

const overTime = (type, { isStacked, ...more }) => (chart, figures, words) => {
  const xs = figures.rows.map((row) => row[figures.columns.indexOf(chart.x)]);
  const overTimes = xs.every(isTime);
  const every = overTimes ? [...new Set(xs)].sort() : [...new Set(xs)];
  const drawn = seriesOf(chart, figures, words).map(({ name, color, points }, place) => {
    const whole = isStacked ? filled(points, every) : points;
    const data = overTimes ? whole.map(([x, y]) => [day(x), y]) : whole.map(([x, y]) => [text(x), y]);
    const isCut = overTimes && type === "line" && !isStacked && figures.bucket_seconds > 0;
    return {
      type, name, itemStyle: color && { color }, stack: isStacked ? "all" : undefined, symbolSize: 4, ...more,
      data: isCut ? cut(data, figures.bucket_seconds) : data, showSymbol: isCut || points.length < 40,
      markArea: place === 0 ? bands(chart) : undefined,
    };
  });
  const most = chart.bands.at(-1)?.upto;
  const called = { name: words[chart.x] ?? named(chart.x), nameLocation: "middle", nameGap: 24 };
  return {
    grid: { ...GRID, bottom: overTimes ? 8 : 26 }, legend: legend(drawn), series: drawn,
    tooltip: { trigger: "axis", valueFormatter: spoken, order: isStacked ? "seriesDesc" : "valueDesc" },
    xAxis: overTimes ? CLOCK : { type: "category", data: every.map(text), ...called },
    yAxis: { type: "value", name: chart.unit, scale: type === "line" && !most && !isStacked, max: most, nameTextStyle: { align: "left" } },
  };
};

const lying = (chart, figures, words) => {
  const names = [...new Set(figures.rows.map((row) => text(row[figures.columns.indexOf(chart.x)])))];
  const drawn = seriesOf(chart, figures, words).map(({ name, color, points }) => {
    const known = new Map(points.map(([x, y]) => [text(x), y]));
    return {
      type: "bar", name, itemStyle: color && { color }, stack: chart.split ? "all" : undefined, barMaxWidth: 22,
      data: names.map((each) => known.get(each) ?? null),
    };
  });
  return {
    grid: { ...GRID, top: drawn.length > 1 ? 30 : 8, bottom: 24 }, legend: legend(drawn), series: drawn,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: spoken },
    xAxis: { type: "value", name: chart.unit, nameLocation: "middle", nameGap: 26 },
    yAxis: { type: "category", data: names, inverse: true },
  };
};

const candles = (chart, figures) => {
  const at = (column) => figures.columns.indexOf(column);
  const data = figures.rows.map((row) => ["open", "close", "low", "high"].map((name) => row[at(name)]));
  const colours = { color: "#009E73", color0: "#D55E00", borderColor: "#009E73", borderColor0: "#D55E00" };
  return {
    legend: {}, grid: { ...GRID, bottom: 44 }, dataZoom: [{ type: "inside" }, { type: "slider", height: 18, bottom: 8 }],
    series: [{ type: "candlestick", name: text(figures.rows[0][at(chart.split)]), data, itemStyle: colours }],
    tooltip: { trigger: "axis", valueFormatter: figure },
    xAxis: { type: "category", data: figures.rows.map((row) => figure(row[at(chart.x)])) },
    yAxis: { type: "value", scale: true, name: chart.unit },
  };
};

const escaped = (words) => words.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const heat = (chart, figures) => {
  const [x, z, y] = [chart.x, chart.split, chart.y[0]].map((column) => figures.columns.indexOf(column));
  const times = [...new Set(figures.rows.map((row) => row[x]))].sort();
  const names = [...new Set(figures.rows.map((row) => text(row[z])))].sort();
  const values = figures.rows.map((row) => row[y]).filter((value) => value !== null);
  const told = ({ value }) => `${figure(times[value[0]])}, ${escaped(names[value[1]])}: ${figure(value[2])} ${chart.unit}`;
  return {
    grid: { ...GRID, top: 8, bottom: 52 },
    series: [{ type: "heatmap", data: figures.rows.map((row) => [times.indexOf(row[x]), names.indexOf(text(row[z])), row[y]]) }],
    tooltip: { formatter: told },
    // From pale to dark: told apart whoever looks.
    visualMap: {
      min: Math.min(0, ...values), max: Math.max(1, ...values), calculable: true, orient: "horizontal", left: "center", bottom: 0,
      itemHeight: 90, itemWidth: 10, inRange: { color: ["#fff4d6", "#f2a65a", "#a8324a", "#3d1238"] },
    },
    xAxis: { type: "category", data: times.map((time) => figure(time).slice(5)) },
    yAxis: { type: "category", data: names },
  };
};

const shares = (chart, figures) => {
  const [x, y] = [chart.x, chart.y[0]].map((column) => figures.columns.indexOf(column));
  const label = { formatter: "{b}: {d} %", color: "inherit" };
  return {
    legend: {}, tooltip: { valueFormatter: (value) => `${figure(value)} ${chart.unit}` },
    series: [{ type: "pie", radius: ["45%", "72%"], top: 24, label, data: figures.rows.map((row) => ({ name: text(row[x]), value: row[y] })) }],
  };
};

export const DRAWN = {
  lines: overTime("line", { lineStyle: { width: 1.5 } }),
  areas: overTime("line", { isStacked: true, areaStyle: { opacity: 0.35 }, lineStyle: { width: 1 } }),
  columns: overTime("bar", { isStacked: true, barMaxWidth: 18 }),
  bars: lying, candles, heat, shares,
};
