// Charts by Apache ECharts, which is loaded with the first of them, in the colours of Airflow's theme.
import { address, Empty, h } from "./ui.js";
import { figure, named } from "./words.js";

const { useEffect, useRef, useState } = globalThis.React;
const { Box } = globalThis.ChakraUI;
// Told apart by people who do not see red and green apart (Okabe and Ito), lighter ones for a dark page.
const COLOURS = {
  light: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6C6C6C", "#8C6BB1"],
  dark: ["#56B4E9", "#E69F00", "#2BC79A", "#E39AC4", "#F0E442", "#8FB8FF", "#B8B8B8", "#B7A1D9"],
};
const NAMED = { red: "#D1495B", orange: "#E69F00", yellow: "#D9C400" };

let library;
const load = () => {
  library ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address("page/echarts.min.js");
    script.onload = () => done(globalThis.echarts);
    script.onerror = () => {
      library = undefined;
      script.remove();
      failed(new Error("The library of charts could not be loaded."));
    };
    document.head.append(script);
  });
  return library;
};

const isDark = () => document.documentElement.classList.contains("dark");

export const useDark = () => {
  const [dark, setDark] = useState(isDark);
  useEffect(() => {
    const observer = new MutationObserver(() => setDark(isDark()));
    observer.observe(document.documentElement, { attributeFilter: ["class"] });
    return () => observer.disconnect();
  }, []);
  return dark;
};

// `option`: ECharts' own, or a function of whether the page is dark.
export const Chart = ({ option, label, height = 260 }) => {
  const place = useRef(null);
  const [error, setError] = useState();
  const dark = useDark();
  useEffect(() => {
    let chart, observer, gone = false;
    load().then(
      (echarts) => {
        if (gone) return;
        chart = echarts.init(place.current, null, { renderer: "canvas" });
        observer = new ResizeObserver(() => chart.resize());
        observer.observe(place.current);
        place.current.draw = (wanted) => {
          chart.setOption(wanted, { notMerge: true });
          place.current.dataset.state = "drawn";
        };
        place.current.draw(themed(place.current.wanted, isDark()));
      },
      (failure) => gone || setError(failure.message),
    );
    return () => {
      gone = true;
      observer?.disconnect();
      chart?.dispose();
    };
  }, []);
  useEffect(() => {
    if (!place.current) return;
    place.current.wanted = option;
    place.current.draw?.(themed(option, dark));
  }, [option, dark]);
  if (error) return h(Empty, null, error);
  return h(Box, { "aria-label": label, "data-chart": label, height: `${height}px`, ref: place, role: "img", width: "100%" });
};

const themed = (option, dark) => {
  const text = dark ? "#d4d4d8" : "#3f3f46";
  const line = dark ? "#3f3f46" : "#e4e4e7";
  const axis = (each) => ({
    axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } }, ...each,
    axisLabel: { color: text, ...each.axisLabel }, nameTextStyle: { color: text, ...each.nameTextStyle },
  });
  return {
    animation: false,
    aria: { enabled: true },
    color: COLOURS[dark ? "dark" : "light"],
    textStyle: { color: text },
    ...option,
    legend: option.legend && { textStyle: { color: text }, pageTextStyle: { color: text }, type: "scroll", top: 0, icon: "roundRect", itemWidth: 12, itemHeight: 8, ...option.legend },
    tooltip: {
      confine: true, backgroundColor: dark ? "#27272a" : "#ffffff", borderColor: line, textStyle: { color: text }, ...option.tooltip,
    },
    visualMap: option.visualMap && { ...option.visualMap, textStyle: { color: text } },
    xAxis: option.xAxis && axis(option.xAxis),
    yAxis: option.yAxis && axis(option.yAxis),
  };
};

const GRID = { left: 8, right: 16, top: 36, bottom: 8, containLabel: true };
const clock = { type: "time", axisLabel: { hideOverlap: true } };
const spoken = (value) => (Array.isArray(value) ? value.slice(1).map(figure).join(", ") : figure(value));

// Rows → name → those with that value of the column, in the order in which they come first.
const split = (rows, place) =>
  rows.reduce((found, row) => {
    const name = String(row[place] ?? "none");
    return found.set(name, [...(found.get(name) ?? []), row]);
  }, new Map());

const series = (chart, figures, words, make) => {
  const at = (column) => figures.columns.indexOf(column);
  if (!chart.split) return chart.y.map((column) => ({ name: words[column] ?? named(column), ...make(figures.rows.map((row) => [row[at(chart.x)], row[at(column)]])) }));
  return [...split(figures.rows, at(chart.split))].flatMap(([name, rows]) =>
    chart.y.map((column) => ({
      name: chart.y.length > 1 ? `${name}: ${words[column] ?? named(column)}` : name,
      itemStyle: NAMED[name] ? { color: NAMED[name] } : undefined,
      ...make(rows.map((row) => [row[at(chart.x)], row[at(column)]])),
    })),
  );
};

const bands = (chart) =>
  chart.bands.length === 0
    ? undefined
    : {
        silent: true,
        label: { color: "inherit", fontSize: 10, position: "insideTopLeft" },
        data: chart.bands.map((band, place) => [
          { name: band.name, yAxis: place ? chart.bands[place - 1].upto : 0, itemStyle: { color: BANDS[place % BANDS.length] } },
          { yAxis: band.upto },
        ]),
      };
const BANDS = ["rgba(209,73,91,.16)", "rgba(230,120,0,.13)", "rgba(230,200,0,.11)", "rgba(86,180,233,.11)", "rgba(0,158,115,.15)"];

// A line is cut where nothing was: more than one bar of time without a row.
const cut = (points, seconds) =>
  points.flatMap((point, place) => {
    const before = points[place - 1];
    const gap = before && Date.parse(point[0]) - Date.parse(before[0]) > seconds * 1500;
    return gap ? [[new Date(Date.parse(before[0]) + seconds * 1000).toISOString(), null], point] : [point];
  });

const ISO = /^\d{4}-\d\d-\d\d/;

const overTime = (type, more) => (chart, figures, words) => {
  const at = figures.columns.indexOf(chart.x);
  const isTime = figures.rows.every((row) => ISO.test(row[at]));
  const names = isTime ? [] : [...new Set(figures.rows.map((row) => String(row[at] ?? "none")))];
  const drawn = series(chart, figures, words, (points) => ({
    type, data: !isTime ? points.map(([x, y]) => [String(x ?? "none"), y]) : type === "line" ? cut(points, figures.bucket_seconds) : points, showSymbol: points.length < 3, symbolSize: 4, ...more,
  }));
  if (drawn[0]) drawn[0].markArea = bands(chart);
  const most = chart.bands.at(-1)?.upto;
  return {
    grid: { ...GRID, bottom: isTime ? 8 : 26 }, legend: drawn.length > 1 ? {} : undefined, series: drawn,
    tooltip: { trigger: "axis", valueFormatter: spoken, order: "valueDesc" },
    xAxis: isTime ? clock : { type: "category", data: names, name: words[chart.x] ?? named(chart.x), nameLocation: "middle", nameGap: 24 },
    yAxis: { type: "value", name: chart.unit, scale: type === "line" && !most, max: most, nameTextStyle: { align: "left" } },
  };
};

const lying = (chart, figures, words) => {
  const names = [...new Set(figures.rows.map((row) => String(row[figures.columns.indexOf(chart.x)] ?? "none")))];
  const drawn = series(chart, figures, words, (points) => ({
    type: "bar", stack: chart.split ? "all" : undefined, barMaxWidth: 22,
    data: names.map((name) => points.find((point) => String(point[0] ?? "none") === name)?.[1] ?? null),
  }));
  return {
    grid: { ...GRID, top: drawn.length > 1 ? 30 : 8, bottom: 24 }, legend: drawn.length > 1 ? {} : undefined, series: drawn,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: spoken },
    xAxis: { type: "value", name: chart.unit, nameLocation: "middle", nameGap: 26 },
    yAxis: { type: "category", data: names, inverse: true },
  };
};

const candles = (chart, figures) => {
  const at = (column) => figures.columns.indexOf(column);
  const times = figures.rows.map((row) => row[at(chart.x)].slice(0, 16).replace("T", " "));
  return {
    legend: {}, grid: { ...GRID, bottom: 44 }, dataZoom: [{ type: "inside" }, { type: "slider", height: 18, bottom: 8 }],
    series: [{ type: "candlestick", name: String(figures.rows[0][at(chart.split)]), data: figures.rows.map((row) => ["open", "close", "low", "high"].map((name) => row[at(name)])),
      itemStyle: { color: "#009E73", color0: "#D55E00", borderColor: "#009E73", borderColor0: "#D55E00" } }],
    tooltip: { trigger: "axis", valueFormatter: figure }, xAxis: { type: "category", data: times }, yAxis: { type: "value", scale: true, name: chart.unit },
  };
};

const heat = (chart, figures) => {
  const [x, z, y] = [chart.x, chart.split, chart.y[0]].map((column) => figures.columns.indexOf(column));
  const times = [...new Set(figures.rows.map((row) => row[x]))].sort();
  const names = [...new Set(figures.rows.map((row) => String(row[z])))].sort();
  const values = figures.rows.map((row) => row[y]).filter((value) => value !== null);
  return {
    grid: { ...GRID, top: 8, bottom: 52 },
    series: [{ type: "heatmap", data: figures.rows.map((row) => [times.indexOf(row[x]), names.indexOf(String(row[z])), row[y]]) }],
    tooltip: { formatter: ({ value }) => `${times[value[0]].slice(0, 16).replace("T", " ")}, ${escaped(names[value[1]])}: ${figure(value[2])} ${chart.unit}` },
    visualMap: { min: Math.min(0, ...values), max: Math.max(1, ...values), calculable: true, orient: "horizontal", left: "center", bottom: 0,
      itemHeight: 90, itemWidth: 10, inRange: { color: ["#00704e", "#e8d44d", "#b3263c"] } },
    xAxis: { type: "category", data: times.map((time) => time.slice(5, 16).replace("T", " ")) }, yAxis: { type: "category", data: names },
  };
};

const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const shares = (chart, figures) => ({
  legend: {}, tooltip: { valueFormatter: (value) => `${figure(value)} ${chart.unit}` },
  series: [{ type: "pie", radius: ["45%", "72%"], top: 24, label: { formatter: "{b}: {d} %", color: "inherit" },
    data: figures.rows.map((row) => ({ name: String(row[figures.columns.indexOf(chart.x)]), value: row[figures.columns.indexOf(chart.y[0])] })) }],
});

// How each kind of chart of the server (dashboards/model.py) is drawn.
export const DRAWN = {
  lines: overTime("line", { lineStyle: { width: 1.5 } }),
  areas: overTime("line", { areaStyle: { opacity: 0.35 }, stack: "all", lineStyle: { width: 1 } }),
  columns: overTime("bar", { stack: "all", barMaxWidth: 18 }),
  bars: lying, candles, heat, shares,
};
