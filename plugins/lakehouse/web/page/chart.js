// Charts by Apache ECharts, which is loaded with the first of them, in the colours of Airflow's theme.
import { address, h } from "./ui.js";

const { useEffect, useRef, useState } = globalThis.React;
const { Box, Text } = globalThis.ChakraUI;
// Told apart by people who do not see red and green apart (Okabe and Ito), lighter ones for a dark page.
const COLOURS = {
  light: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6C6C6C", "#8C6BB1"],
  dark: ["#56B4E9", "#E69F00", "#2BC79A", "#E39AC4", "#F0E442", "#8FB8FF", "#B8B8B8", "#B7A1D9"],
};

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
          chart.setOption({ ...wanted, ...chosen(chart.getOption()) }, { notMerge: true });
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
  if (error) return h(Text, { color: "fg.error", "data-state": "error", py: 6, role: "alert", textAlign: "center" }, error);
  return h(Box, { "aria-label": label, "data-chart": label, height: `${height}px`, ref: place, role: "img", width: "100%" });
};

// What somebody has zoomed into and taken out of a chart stays when its figures are new.
const chosen = (before) => {
  const zoomed = before?.dataZoom?.map(({ type, height, bottom, start, end }) => ({ type, height, bottom, start, end }));
  return zoomed?.length ? { dataZoom: zoomed } : {};
};

// The whole option: with the colours of the look, and what all charts share.
export const themed = (option, dark) => {
  const text = dark ? "#d4d4d8" : "#3f3f46";
  const line = dark ? "#3f3f46" : "#e4e4e7";
  const axis = (each) => ({
    axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } }, ...each,
    axisLabel: { color: text, ...each.axisLabel }, nameTextStyle: { color: text, ...each.nameTextStyle },
  });
  return {
    animation: false,
    aria: { enabled: true },
    useUTC: true,
    color: COLOURS[dark ? "dark" : "light"],
    textStyle: { color: text },
    ...option,
    legend: option.legend && {
      left: option.yAxis?.name ? 76 : "center",  // beside the unit, which stands over the axis
      textStyle: { color: text }, pageTextStyle: { color: text }, type: "scroll", top: 0, icon: "roundRect", itemWidth: 12, itemHeight: 8,
    },
    tooltip: {
      confine: true, backgroundColor: dark ? "#27272a" : "#ffffff", borderColor: line, textStyle: { color: text }, ...option.tooltip,
    },
    visualMap: option.visualMap && { ...option.visualMap, textStyle: { color: text } },
    xAxis: option.xAxis && axis(option.xAxis),
    yAxis: option.yAxis && axis(option.yAxis),
  };
};
