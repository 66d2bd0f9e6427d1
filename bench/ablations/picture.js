// The ablations as a picture, drawn by echarts without a browser: a row for each variant, a dot for each seed.
import { BarChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { questions } from "./questions.js";
import { mean } from "./statistics.js";

use([BarChart, ScatterChart, GridComponent, MarkLineComponent, SVGRenderer]);

const [ROW, MARGIN] = [22, { left: 250, right: 60, top: 12, bottom: 40 }];
const inks = ["#3b7dd8", "#d9822b", "#2a9d78", "#c25b9b", "#8a6fd1"];
const text = { fontSize: 12, fontFamily: "system-ui, sans-serif", color: "#333b47" };

/** The SVG of the statements, the paper's main question, in the order of the page. */
export function pictureOf(results) {
  const rows = questions.flatMap(({ title, variants }, question) => [
    { label: title, values: [], ink: "#333b47", bold: true },
    ...variants.map(([variant, label]) => ({ label, values: results.of(variant, "statements").values, ink: inks[question % inks.length], bold: false })),
  ]); // prettier-ignore
  const { chance } = results.of("all", "statements");
  const canvas = init(null, null, { renderer: "svg", ssr: true, width: 820, height: MARGIN.top + MARGIN.bottom + ROW * rows.length }); // prettier-ignore
  canvas.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    grid: MARGIN,
    xAxis: {
      type: "value",
      min: Math.floor((chance ?? 0) * 20) / 20,
      max: Math.ceil(Math.max(...rows.flatMap(({ values }) => values), chance ?? 0, 0.1) * 20) / 20,
      interval: 0.05,
      name: "statements rightly called true or false; the line is guessing",
      nameLocation: "middle",
      nameGap: 24,
      nameTextStyle: text,
      axisLabel: { ...text, formatter: (value) => `${Math.round(value * 100)}%` },
      splitLine: { lineStyle: { color: "#e4e7ec" } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows.map(({ label }, i) => ({ value: `${i} ${label}`, textStyle: { fontWeight: rows[i].bold ? 600 : 400 } })), // prettier-ignore
      axisLabel: { ...text, interval: 0, formatter: (value) => value.replace(/^\d+ /, "") },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    series: [
      {
        type: "bar",
        barWidth: 10,
        data: rows.map(({ values, ink }) => ({ value: values.length === 0 ? null : mean(values), itemStyle: { color: ink, opacity: 0.35 } })),
        markLine: { symbol: "none", silent: true, label: { show: false }, lineStyle: { color: "#5b6270", type: "solid" }, data: chance === null ? [] : [{ xAxis: chance }] },
      }, // prettier-ignore
      {
        type: "scatter",
        symbolSize: 7,
        data: rows.flatMap(({ values, ink }, i) => values.map((value) => ({ value: [value, i], itemStyle: { color: ink } }))), // prettier-ignore
      },
    ],
  });
  const svg = canvas.renderToSVGString();
  canvas.dispose();
  return `${svg
    .replace(/<style\s*>[\s\S]*?<\/style>/g, "")
    .replace(/ class="zr\d+-cls-\d+"/g, "")
    .trim()}\n`;
}
