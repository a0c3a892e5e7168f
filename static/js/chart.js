// Replaces the still curve of the page by one that answers the pointer. Needs window.uPlot, loaded before.

const zone = "Europe/Paris";
const hour = new Intl.DateTimeFormat("fr-FR", { timeZone: zone, hour: "numeric", minute: "2-digit" });
const shortDay = new Intl.DateTimeFormat("fr-FR", { timeZone: zone, day: "numeric", month: "short" });
const long = new Intl.DateTimeFormat("fr-FR", { timeZone: zone, weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit" });
const clock = (seconds) => hour.format(seconds * 1000).replace(/^0(?=\d)/, "").replace(/\s*[:h]\s*/, " h ").replace(/ h 00$/, " h");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const band = (low, high) => (plot) => {
  const { ctx, bbox } = plot;
  const top = plot.valToPos(high, "y", true);
  ctx.save();
  ctx.fillStyle = colour("--chart-band");
  ctx.fillRect(bbox.left, top, bbox.width, plot.valToPos(low, "y", true) - top);
  ctx.restore();
};

// Above the target, within, below: three colours of one line, cut at the edges of the range.
const toned = (low, high) => (plot) => {
  const { top, height } = plot.bbox;
  const at = (value) => Math.min(1, Math.max(0, (plot.valToPos(value, "y", true) - top) / height));
  const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
  const stops = [[0, "high"], [at(high), "high"], [at(high), "line"], [at(low), "line"], [at(low), "low"], [1, "low"]];
  for (const [offset, tone] of stops) gradient.addColorStop(offset, colour(`--chart-${tone}`));
  return gradient;
};

const read = (section) => JSON.parse(section.querySelector("[data-points]").textContent);

function draw(section) {
  const card = read(section);
  const times = [card.points.start];
  for (const step of card.points.steps) times.push(times.at(-1) + step);
  const live = section.querySelector(".chart-live");
  const still = section.querySelector(".chart-still");
  const format = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: card.decimals });
  const ranged = card.low !== null && card.high !== null;
  const days = (times.at(-1) - times[0]) / 86400;
  const size = () => ({ width: live.clientWidth, height: live.clientWidth < 480 ? 220 : 300 });
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "14px Atkinson, sans-serif" };
  still.hidden = true;
  live.hidden = false;
  const readout = live.appendChild(document.createElement("p"));
  readout.className = "chart-readout";
  const rest = "Parcourez la courbe pour lire une valeur.";
  readout.textContent = rest;
  const plot = new uPlot({
    ...size(),
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false }, points: { size: 13, width: 3 } },
    scales: { y: { range: (_, lowest, highest) => [Math.min(lowest ?? 0, card.low ?? Infinity) * 0.9, Math.max(highest ?? 1, card.high ?? -Infinity) * 1.06] } },
    axes: [
      { ...axis, space: 70, values: (_, marks) => marks.map((mark) => (days > 4 || clock(mark) === "0 h" ? shortDay.format(mark * 1000) : clock(mark))) },
      { ...axis, size: 48, values: (_, marks) => marks.map((mark) => format.format(mark)) },
    ],
    series: [{}, { stroke: ranged ? toned(card.low, card.high) : colour("--chart-line"), width: 2.25, spanGaps: false, points: { show: times.length < 60 } }],
    hooks: {
      drawClear: ranged ? [band(card.low, card.high)] : [],
      setCursor: [(self) => {
        const at = self.cursor.idx;
        const value = at == null ? null : self.data[1][at];
        readout.textContent = value == null ? rest : `${long.format(self.data[0][at] * 1000).replace(/0?(\d+):(\d+)/, "$1 h $2")} : ${format.format(value)} ${card.unit}`;
      }],
    },
  }, [times, card.points.values], live);
  new ResizeObserver(() => plot.setSize(size())).observe(live);
  return { section, plot };
}

if (window.uPlot) {
  const drawn = [...document.querySelectorAll("[data-chart]")]
    .filter((section) => read(section).points.steps.length > 0)
    .map(draw);
  // The colours of a canvas are painted once: paint again when the person changes from light to dark.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const one of drawn) {
      one.plot.destroy();
      one.section.querySelector(".chart-live").replaceChildren();
    }
    drawn.splice(0, drawn.length, ...drawn.map((one) => draw(one.section)));
  });
}
