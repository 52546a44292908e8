"use strict";
// Draws every .plot with uPlot from what its data-source answers; a drag chooses a time, which goes into the address.
(function () {
  const COLOURS = {
    light: ["#1f6feb", "#d2691e", "#17794a", "#8e44ad", "#b8860b", "#c2212e", "#2a9d9d", "#7f5539", "#596579", "#e0559b"],
    dark: ["#6ea8fe", "#f0a35e", "#57c98b", "#c58af9", "#e3c04f", "#ff7b83", "#5fd3d3", "#c9a27e", "#a4b1c2", "#ff94c8"],
  };
  const cursor = window.uPlot ? uPlot.sync("vigie") : null;

  const isDark = () =>
    document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;

  async function draw(plot, isForced) {
    if (!window.uPlot) {
      plot.textContent = "Charts need uPlot, which this installation lacks: `python tools/vendor_assets.py` fetches it.";
      return;
    }
    const address = new URL(plot.dataset.source, location.href);
    const here = new URLSearchParams(location.search);
    for (const name of ["range", "from", "to"]) if (here.has(name)) address.searchParams.set(name, here.get(name));
    try {
      const response = await fetch(address, { credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      await released;
      show(plot, answer, isForced);
    } catch (error) {
      note(plot, `can't be drawn anew: ${error.message}`);
    }
  }

  function note(plot, text) {
    let line = plot.querySelector(".quiet");
    if (!line) {
      line = document.createElement("p");
      line.className = "quiet";
      plot.append(line);
    }
    line.textContent = text;
  }

  function show(plot, answer, isForced) {
    const lines = answer.stacked ? stacked(answer.lines) : answer.lines;
    const key = JSON.stringify([answer.names, answer.unit, isDark()]);
    if (plot.chart && plot.dataset.key === key && !isForced) {
      plot.answer = answer;
      plot.chart.setData([answer.times, ...lines]);
      plot.chart.setScale("x", { min: answer.start, max: answer.end });
      return;
    }
    plot.chart?.destroy();
    plot.textContent = "";
    plot.dataset.key = key;
    plot.answer = answer;
    if (!answer.lines.length) {
      note(plot, answer.source_errors[0] || "No data in this time.");
      plot.chart = null;
      return;
    }
    plot.chart = new uPlot(options(plot, answer), [answer.times, ...lines], plot);
    plot.querySelector(".u-legend").tabIndex = 0; // it may scroll
    if (answer.cut) note(plot, `${answer.cut} more lines are not drawn`);
  }

  function stacked(lines) {
    const sums = [];
    const out = [];
    for (const line of lines) {
      out.push(line.map((value, index) => (value === null ? null : (sums[index] = (sums[index] || 0) + value))));
    }
    return out;
  }

  function options(plot, answer) {
    const style = getComputedStyle(document.documentElement);
    const colours = COLOURS[isDark() ? "dark" : "light"];
    const axis = { stroke: style.getPropertyValue("--quiet"), grid: { stroke: style.getPropertyValue("--line"), width: 1 }, ticks: { show: false } };
    const value = (number) => vigie.show(number, answer.unit);
    return {
      width: Math.max(200, plot.clientWidth),
      height: 190,
      legend: { live: true },
      cursor: { sync: { key: cursor.key, setSeries: false }, drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: true, min: answer.start, max: answer.end }, y: { range: (_, low, high) => limits(answer, low, high) } },
      axes: [
        { ...axis, font: "11px system-ui", values: (_, ticks, __, ___, step) => ticks.map((tick) => moment(tick, step)) },
        { ...axis, font: "11px system-ui", size: 66, incrs: steps(answer.unit), values: (_, ticks) => ticks.map(value) },
      ],
      series: [
        { label: "Time", value: (_, seconds) => (seconds === null ? "now" : moment(seconds, 0)) },
        ...answer.names.map((name, index) => ({
          label: name,
          stroke: colours[index % colours.length],
          dash: index >= colours.length ? [6, 3] : undefined,
          fill: answer.stacked ? `${colours[index % colours.length]}33` : undefined,
          width: 1.5,
          points: { show: false },
          value: (self, number, series, at) => value(at === null || at === undefined ? last(plot.answer.lines[series - 1]) : plot.answer.lines[series - 1][at]),
        })),
      ],
      hooks: { setSelect: [(self) => choose(self)] },
    };
  }

  // Steps of a scale: powers of two for bytes, else uPlot's own.
  function steps(unit) {
    return unit.startsWith("bytes") ? Array.from({ length: 50 }, (_, power) => 2 ** power) : undefined;
  }

  function moment(seconds, step) {
    const at = new Date(seconds * 1000);
    const two = (number) => String(number).padStart(2, "0");
    const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    if (step >= 86400) return day;
    const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
    return step === 0 ? `${day} ${clock}:${two(at.getSeconds())}` : step < 60 ? `${clock}:${two(at.getSeconds())}` : clock;
  }

  function last(line) {
    for (let at = line.length - 1; at >= 0; at -= 1) if (line[at] !== null) return line[at];
    return null;
  }

  function limits(answer, low, high) {
    const top = Math.max(high ?? 0, answer.highest ?? 0);
    const bottom = Math.min(0, low ?? 0);
    return top === bottom ? [bottom, bottom + 1] : [bottom, top + (answer.highest !== null && top <= answer.highest ? 0 : (top - bottom) * 0.08)];
  }

  function choose(self) {
    if (self.select.width < 5) return;
    const from = Math.floor(self.posToVal(self.select.left, "x"));
    const to = Math.ceil(self.posToVal(self.select.left + self.select.width, "x"));
    self.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    if (to - from < 60) return;
    go({ from, to });
  }

  function go(range) {
    const address = new URL(location.href);
    for (const name of ["range", "from", "to"]) address.searchParams.delete(name);
    for (const [name, value] of Object.entries(range)) address.searchParams.set(name, value);
    document.dispatchEvent(new CustomEvent("vigie:go", { detail: { address: address.pathname + address.search } }));
  }

  document.addEventListener("dblclick", (event) => {
    if (event.target.closest?.(".plot") && new URLSearchParams(location.search).has("from")) history.back();
  });

  // A chart that is drawn anew under a drag would forget where it began; the timeout lets uPlot see the end first.
  let released = Promise.resolve();
  document.addEventListener("mousedown", (event) => {
    if (!event.target.closest?.(".plot")) return;
    released = new Promise((settle) => document.addEventListener("mouseup", () => setTimeout(settle), { capture: true, once: true }));
  }, true);

  const all = (isForced) => document.querySelectorAll(".plot").forEach((plot) => draw(plot, isForced));
  document.addEventListener("vigie:refreshed", (event) => all(!event.detail.isQuiet));
  let resizing = 0;
  window.addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => document.querySelectorAll(".plot").forEach((plot) => plot.chart?.setSize({ width: Math.max(200, plot.clientWidth), height: 190 })), 150);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all(true));
  all(true);
})();
