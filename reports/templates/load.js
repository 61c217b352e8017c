// Charts of a load run: the numbers beneath the pointer, at the same second in every chart of the run.

const blocks = new Map();
function loadData(index) {
  if (!blocks.has(index)) blocks.set(index, chunk(`load-${index}`));
  return blocks.get(index);
}

function digits(value) {
  const size = Math.abs(value);
  const places = size === 0 ? 0 : size < 0.9995 ? 3 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
}

const UNITS = {
  rate: (value) => `${value < 1000 ? Number(value.toPrecision(4)) : digits(value)}/s`,
  count: digits,
  cores: (value) => value.toFixed(2),
  time: (us) => (us < 999500 ? `${digits(us / 1e3)} ms` : `${digits(us / 1e6)} s`),
  kib: (kib) => (kib < 1048064 ? `${digits(kib / 1024)} MiB` : `${digits(kib / 1048576)} GiB`),
};

function moment(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (many) => String(many).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** The crosshair of one chart at a part of its width, or away. */
function cross(plot, part) {
  const svg = $(".draw", plot);
  let line = $(".cross", svg);
  if (part === null) {
    line?.remove();
    return;
  }
  if (!line) {
    line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    line.setAttribute("class", "cross");
    line.setAttribute("y1", "0");
    line.setAttribute("y2", svg.getAttribute("height"));
    svg.append(line);
  }
  line.setAttribute("x1", `${part * 100}%`);
  line.setAttribute("x2", `${part * 100}%`);
}

/** The numbers of one point beside the pointer. */
function tip(plot, data, place) {
  $(".tip", plot)?.remove();
  if (place === null) return;
  const rows = plot.dataset.columns.split(" ").map((name) => data.columns[name]).filter((column) => column && column[3][place] !== null);
  const to = data.at[place] + data.per / 2;
  const box = el("div", { class: "tip", role: "status" },
    el("b", {}, data.per > 1 ? `${moment(to - data.per)} to ${moment(to)}` : moment(to)),
    rows.map(([words, unit, colour, values]) => el("span", {}, el("i", { class: `key ${colour}` }), words, el("em", {}, UNITS[unit](values[place])))));
  plot.append(box);
  const svg = $(".draw", plot);
  const x = svg.getBoundingClientRect().left - plot.getBoundingClientRect().left + (data.at[place] / data.end) * svg.getBoundingClientRect().width;
  const right = x + 14 + box.offsetWidth <= plot.offsetWidth;
  box.style.left = `${Math.max(0, right ? x + 14 : x - 14 - box.offsetWidth)}px`;
}

function pointAt(plot, place) {
  const data = loadData(plot.dataset.load);
  if (!data || !data.at.length) return;
  plot.dataset.place = place ?? "";
  for (const other of $$(`.plot[data-load="${CSS.escape(plot.dataset.load)}"]`)) {
    cross(other, place === null ? null : data.at[place] / data.end);
  }
  tip(plot, data, place);
}

function nearest(data, second) {
  let best = 0;
  data.at.forEach((at, index) => { if (Math.abs(at - second) < Math.abs(data.at[best] - second)) best = index; });
  return best;
}

for (const plot of $$(".plot[data-load]")) {
  plot.addEventListener("pointermove", (event) => {
    const data = loadData(plot.dataset.load);
    const box = $(".draw", plot).getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    if (data?.at.length) pointAt(plot, nearest(data, part * data.end));
  });
  plot.addEventListener("pointerleave", () => pointAt(plot, null));
  plot.addEventListener("blur", () => pointAt(plot, null));
  plot.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const data = loadData(plot.dataset.load);
    if (!by || !data?.at.length) return;
    event.preventDefault();
    const here = plot.dataset.place ? Number(plot.dataset.place) : by > 0 ? -1 : data.at.length;
    pointAt(plot, Math.min(data.at.length - 1, Math.max(0, here + by)));
  });
}
