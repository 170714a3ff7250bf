// Charts and the county map, drawn from the JSON that stands beside each of them; a table behind says the same.
"use strict";
(() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 1 });
  const live = new Map();
  let borders = null;

  const text = () => ({ color: token("--ink-2"), fontFamily: token("--sans"), fontSize: 12 });
  const tip = () => ({
    renderMode: "richText", confine: true, backgroundColor: token("--card"), borderColor: token("--line-2"),
    textStyle: { ...text(), color: token("--ink") }, padding: [8, 12],
  });

  // Edges between the five steps come with the data: the same ones the legend prints.
  const stepOf = (value, edges) => edges.reduce((step, edge) => (value >= edge ? step + 1 : step), 0);

  const mapOption = (data) => {
    const colours = [1, 2, 3, 4, 5].map((n) => token(`--step-${n}`));
    return {
      tooltip: {
        ...tip(), trigger: "item",
        formatter: (point) => {
          const row = data.rows.find((one) => one.name === point.name);
          if (!row) return point.name;
          return row.value === null ? `${row.name}\n没有数据` : `${row.name}\n${row.text}`;
        },
      },
      series: [{
        type: "map", map: "counties", roam: false, selectedMode: false, aspectScale: 0.82,
        layoutCenter: ["50%", "50%"], layoutSize: "98%",
        label: { show: true, ...text(), fontSize: 11, color: token("--ink") },
        itemStyle: { borderColor: token("--card"), borderWidth: 1.5, areaColor: token("--grey-soft") },
        emphasis: { label: { color: token("--ink") }, itemStyle: { borderColor: token("--blue"), borderWidth: 2.5, areaColor: null } },
        data: data.rows.map((row) => {
          const step = row.value === null ? -1 : stepOf(row.value, data.edges);
          const areaColor = step < 0 ? token("--grey-soft") : colours[step];
          const dark = document.documentElement.dataset.bsTheme === "dark";
          // A name may reach over the border of its county: an edge in the county's colour keeps it readable.
          const label = {
            color: (dark ? step <= 2 : step >= 3) ? "#fff" : dark && step > 2 ? "#0d1320" : token("--ink"),
            textBorderColor: areaColor, textBorderWidth: 3,
          };
          return {
            name: row.name, value: row.value, label,
            itemStyle: { areaColor }, emphasis: { itemStyle: { areaColor }, label },
          };
        }),
      }],
    };
  };

  const barsOption = (data) => ({
    grid: { left: 8, right: 48, top: data.series.length > 1 ? 34 : 10, bottom: 8, containLabel: true },
    legend: data.series.length > 1 ? { top: 0, left: 0, textStyle: text(), itemWidth: 12, itemHeight: 8 } : undefined,
    tooltip: { ...tip(), trigger: "axis", axisPointer: { type: "none" }, valueFormatter: (value) => `${number.format(value)} ${data.unit}` },
    xAxis: { type: "value", min: data.signed ? undefined : 0, minInterval: 1, axisLabel: { ...text(), formatter: (value) => number.format(value) }, splitLine: { lineStyle: { color: token("--line") } } },
    yAxis: { type: "category", data: data.names, inverse: true, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-2") } }, axisLabel: { ...text(), width: 128, overflow: "truncate" } },
    series: data.series.map((one, at) => ({
      name: one.name, type: "bar", data: one.values, barMaxWidth: 14, animationDuration: 200,
      itemStyle: { color: token(["--step-4", "--amber", "--grey"][at]), borderRadius: [0, 3, 3, 0] },
      label: { show: data.names.length <= 14, position: "right", ...text(), fontSize: 11, formatter: (point) => (point.value ? number.format(point.value) : "") },
    })),
  });

  const columnsOption = (data) => ({
    grid: { left: 8, right: 12, top: 34, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: text(), itemWidth: 12, itemHeight: 8 },
    tooltip: { ...tip(), trigger: "axis", axisPointer: { type: "none" }, valueFormatter: (value) => `${number.format(value)} ${data.unit}` },
    xAxis: { type: "category", data: data.names, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-2") } }, axisLabel: { ...text(), fontSize: 11, interval: 0, rotate: data.names.length > 8 ? 38 : 0 } },
    yAxis: { type: "value", min: 0, minInterval: 1, axisLabel: { ...text(), formatter: (value) => number.format(value) }, splitLine: { lineStyle: { color: token("--line") } } },
    series: data.series.map((one, at) => ({
      name: one.name, type: "bar", data: one.values, barGap: "8%", barMaxWidth: data.stacked ? 34 : 18, animationDuration: 200,
      stack: data.stacked ? "all" : undefined,
      itemStyle: { color: token((data.colours || ["--grey-line", "--step-4", "--amber"])[at]), borderRadius: [3, 3, 0, 0] },
    })),
  });

  const options = { map: mapOption, bars: barsOption, columns: columnsOption };

  const draw = async (box) => {
    const source = document.getElementById(box.dataset.chart);
    if (!source) return;
    const data = JSON.parse(source.textContent);
    if (data.kind === "map") {
      if (!borders) borders = fetch(box.dataset.borders).then((reply) => reply.json()).then((json) => echarts.registerMap("counties", json, {}));
      await borders;
    }
    const chart = echarts.init(box, null, { renderer: "svg" });
    chart.setOption(options[data.kind](data));
    chart.on("click", (point) => {
      const row = (data.rows || []).find((one) => one.name === point.name);
      if (row && row.url) location.assign(row.url);
    });
    live.set(box, chart);
  };

  const drawAll = () => {
    for (const [box, chart] of live) {
      if (!box.isConnected) { chart.dispose(); live.delete(box); }
    }
    for (const box of document.querySelectorAll("[data-chart]")) {
      if (!live.has(box)) draw(box);
    }
  };
  const redraw = () => {
    for (const chart of live.values()) chart.dispose();
    live.clear();
    drawAll();
  };

  const save = (name, href) => {
    const link = document.createElement("a");
    link.download = name;
    link.href = href;
    link.click();
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-save]");
    if (!button) return;
    const card = button.closest(".card");
    if (button.dataset.save === "picture") {
      const chart = live.get(card.querySelector("[data-chart]"));
      if (chart) save(`${button.dataset.name}.svg`, chart.getDataURL({ type: "svg" }));
    } else {
      const cells = (row) => [...row.cells].map((cell) => `"${cell.innerText.trim().replaceAll('"', '""')}"`).join(",");
      const lines = [...card.querySelector("table").rows].map(cells).join("\r\n");
      save(`${button.dataset.name}.csv`, URL.createObjectURL(new Blob(["\ufeff" + lines], { type: "text/csv" })));
    }
  });

  // New data for charts that stay where they are: a moved slider.
  document.addEventListener("charts:changed", () => {
    for (const [box, chart] of live) {
      const source = document.getElementById(box.dataset.chart);
      if (!source) continue;
      const data = JSON.parse(source.textContent);
      chart.setOption(options[data.kind](data));
    }
  });

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  window.addEventListener("resize", () => { for (const chart of live.values()) chart.resize(); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
})();
