// What went over the wire during an attempt: the time line and the list of exchanges and frames below it.

const RUN = chunk("run") ?? { target: "the service", titles: {} };

function party(exchange) {
  if (exchange.direction === "to_provider") return RUN.titles[exchange.service] ?? RUN.target;
  return exchange.direction === "to_service" ? RUN.target : RUN.titles[exchange.service] ?? exchange.service;
}

function mood(exchange) {
  if (exchange.unexpected || exchange.breaches?.some((breach) => !breach.allowed) || !exchange.response) return "bad";
  if (exchange.fault || exchange.response.status >= 500) return "odd";
  return exchange.response.status >= 400 ? "odd" : "good";
}

function requestLine(request) {
  return visible(`${request.method} ${request.path}${request.query ? `?${request.query}` : ""}`);
}

function answerWord(exchange) {
  return exchange.response ? String(exchange.response.status) : "no answer";
}

function headersTable(headers) {
  if (!headers?.length) return null;
  return el("table", { class: "headers" }, el("tbody", {}, headers.map(([name, value]) =>
    el("tr", {}, el("td", {}, visible(name)), el("td", {}, visible(value))))));
}

function remarks(exchange) {
  const out = [];
  const remark = (kind, title, text) => out.push(el("p", { class: `remark ${kind}` }, el("b", {}, title), ` ${visible(text)}`));
  if (exchange.fault) remark("", "Fault on purpose:", exchange.fault);
  if (exchange.error) remark("bad", "No answer:", exchange.error);
  if (exchange.unexpected) remark("bad", "No contract knows this call:", exchange.unexpected);
  for (const breach of exchange.breaches ?? []) {
    const allowed = breach.allowed;
    const until = allowed?.until ? ` until ${allowed.until}` : "";
    remark(allowed ? "" : "bad", `${allowed ? "Tolerated breach" : "Breach"} in the ${breach.side} at ${visible(breach.instance_path)}:`,
      `found ${breach.found}, the contract wants ${breach.wanted} (${breach.schema_path})${allowed ? `; tolerated${until}: ${allowed.reason}` : ""}`);
  }
  if (exchange.attribution === "none") remark("", "Of no known scenario.", "It carried no correlation that is known.");
  return out;
}

function exchangeInside(exchange) {
  const { request, response } = exchange;
  return el("div", { class: "inside" },
    remarks(exchange),
    el("div", { class: "two" },
      el("div", {}, el("h6", {}, "Request"), headersTable(request.headers), bodyBlock(request.body)),
      el("div", {}, el("h6", {}, response ? `Answer ${response.status}` : "Answer"),
        response ? [headersTable(response.headers), bodyBlock(response.body)] : el("p", { class: "faint" }, "none"))));
}

/** One exchange; headers and bodies are built when it is opened. */
function exchangeRow(exchange, start) {
  const kind = { good: "passed", odd: "flaky", bad: "failed" }[mood(exchange)];
  const summary = el("summary", {},
    el("span", { class: "at", title: visible(exchange.id) }, `+${duration(Math.max(0, exchange.at_us - start))}`),
    el("span", { class: "who" }, visible(party(exchange))),
    el("code", {}, requestLine(exchange.request)),
    el("span", { class: `pill ${kind}` }, answerWord(exchange)),
    el("span", { class: "took" }, duration(exchange.duration_us)));
  const row = el("details", { class: `x ${exchange.direction === "to_mock" ? "mock" : ""}`, "data-x": exchange.id }, summary);
  row.addEventListener("toggle", () => {
    if (row.open && !$(".inside", row)) row.append(exchangeInside(exchange));
  });
  return row;
}

const WAYS = { opened: "opened", sent: "sent →", received: "← received", closed: "closed" };

function frameRow(frame, start) {
  const text = frame.body?.text ?? (frame.body?.bytes ? `${bytes(frame.body.bytes)} that are no text` : "");
  return el("div", { class: "frame-row", tabindex: "-1" },
    el("span", { class: "at" }, `+${duration(Math.max(0, frame.at_us - start))}`),
    el("span", { class: "who" }, visible(frame.client)),
    el("code", {}, visible(frame.way === "opened" ? frame.path : text)),
    el("span", { class: "pill notrun" }, WAYS[frame.way] ?? frame.way));
}

function show(row) {
  if (row.tagName === "DETAILS") row.open = true;
  else row.classList.add("here");
  row.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  (row.tagName === "DETAILS" ? $("summary", row) : row).focus({ preventScroll: true });
}

/** Puts bars that overlap in time below each other; gives each its level and says how many levels there are. */
function stack(bars) {
  const ends = [];
  for (const bar of bars) {
    let level = ends.findIndex((end) => end <= bar.from);
    if (level < 0) level = ends.length;
    ends[level] = bar.to;
    bar.level = level;
  }
  return Math.max(1, ends.length);
}

function lane(title, bars, start, span) {
  const least = span / 120;
  for (const bar of bars) bar.to = Math.max(bar.to, bar.from + least);
  bars.sort((a, b) => a.from - b.from);
  const levels = stack(bars);
  const track = el("div", { class: "track" });
  track.style.minHeight = `${levels * 16 + 8}px`;
  for (const bar of bars) {
    const left = Math.min(99, Math.max(0, ((bar.from - start) / span) * 100));
    bar.node.style.left = `${left}%`;
    if (!bar.dot) bar.node.style.width = `${Math.min(100 - left, ((bar.to - bar.from) / span) * 100)}%`;
    bar.node.style.top = `${6 + bar.level * 16}px`;
    track.append(bar.node);
  }
  return el("div", { class: "lane" }, el("span", { title }, title), track);
}

function axis(span) {
  const track = el("div", { class: "track axis", "aria-hidden": "true" });
  for (let quarter = 0; quarter <= 4; quarter += 1) {
    const tick = el("span", {}, duration((span * quarter) / 4));
    tick.style.left = `${quarter * 25}%`;
    track.append(tick);
  }
  return el("div", { class: "lane" }, el("span"), track);
}

/** The time line and the list of an attempt; null when nothing went over the wire and there are no steps. */
function wire(attempt) {
  const exchanges = [...(attempt.exchanges ?? [])].sort((a, b) => a.at_us - b.at_us);
  const frames = attempt.frames ?? [];
  if (!exchanges.length && !frames.length) return null;
  const start = attempt.started_us;
  const ends = [...exchanges.map((one) => one.at_us + one.duration_us), ...frames.map((one) => one.at_us)];
  // No spread of a long list into arguments: an attempt may hold more exchanges than a call takes.
  const span = ends.reduce((most, end) => Math.max(most, end - start), Math.max(1, attempt.duration_us));
  const rows = [];
  const lanes = new Map();
  const bar = (title, one) => lanes.set(title, [...(lanes.get(title) ?? []), one]);
  for (const step of attempt.steps) {
    const label = visible(`${step.keyword} ${step.text}: ${duration(step.duration_us)}`);
    const node = el("i", { class: `step ${step.outcome}`, title: label });
    if (step.duration_us > 0) bar("steps", { from: step.started_us, to: step.started_us + step.duration_us, node });
  }
  for (const exchange of exchanges) {
    const row = exchangeRow(exchange, start);
    const label = `${requestLine(exchange.request)}, ${answerWord(exchange)}, ${duration(exchange.duration_us)}`;
    const node = el("button", { type: "button", class: mood(exchange), title: label, "aria-label": label, on: { click: () => show(row) } });
    bar(visible(party(exchange)), { from: exchange.at_us, to: exchange.at_us + exchange.duration_us, node });
    rows.push([exchange.at_us, row]);
  }
  for (const frame of frames) {
    const row = frameRow(frame, start);
    const label = `${visible(frame.client)} ${frame.way}`;
    const node = el("button", { type: "button", class: `frame ${frame.way}`, title: label, "aria-label": label, on: { click: () => show(row) } });
    bar(visible(frame.client), { from: frame.at_us, to: frame.at_us, node, dot: true });
    rows.push([frame.at_us, row]);
  }
  rows.sort((a, b) => a[0] - b[0]);
  return [
    el("h5", { class: "part" }, "Time line"),
    el("div", { class: "lanes", role: "group", "aria-label": "Time line" },
      [...lanes].map(([title, bars]) => lane(title, bars, start, span)), axis(span)),
    el("h5", { class: "part" }, "On the wire"),
    el("ul", { class: "wire" }, rows.map(([, row]) => el("li", {}, row))),
  ];
}
