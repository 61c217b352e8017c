// Small things that every part uses. Texts of the record become text nodes only, never markup.

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

/** An element: el("p", {class: "x", on: {click}}, "text", child, null…). */
function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [event, action] of Object.entries(value)) node.addEventListener(event, action);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** The data of a row, parsed when it is asked for. */
function chunk(key) {
  const block = document.getElementById(`d-${key}`);
  return block ? JSON.parse(block.textContent) : null;
}

/** Control characters and direction marks made visible. */
function visible(text) {
  return String(text)
    .replace(/\r\n/g, "\n")
    .replace(/[\x00-\x08\x0b-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]/g, "\ufffd");
}

function duration(us) {
  const ms = us / 1000;
  if (us < 1000) return `${ms.toFixed(1)} ms`;
  if (us < 999500) return `${ms.toFixed(0)} ms`;
  if (us < 59950000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${String(Math.floor(seconds / 60) % 60).padStart(2, "0")} min`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

function bytes(many) {
  if (many === 1) return "1 byte";
  if (many < 1024) return `${many} bytes`;
  return many < 1048576 ? `${(many / 1024).toFixed(1)} KiB` : `${(many / 1048576).toFixed(1)} MiB`;
}

/** A pattern for the tokens of JSON: strings, punctuation, other literals. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** JSON as tokens of indented text, [class, text]; literals stay as they were written. Null when it is no JSON. */
function indented(text) {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const out = [];
  let depth = 0;
  const line = () => out.push(["", `\n${"  ".repeat(depth)}`]);
  const tokens = text.match(TOKEN) ?? [];
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    const before = tokens[index - 1];
    if (token === "{" || token === "[") {
      out.push(["", token]);
      if (next !== "}" && next !== "]") {
        depth += 1;
        line();
      }
    } else if (token === "}" || token === "]") {
      if (before !== "{" && before !== "[") {
        depth -= 1;
        line();
      }
      out.push(["", token]);
    } else if (token === ",") {
      out.push(["", token]);
      line();
    } else if (token === ":") {
      out.push(["", ": "]);
    } else if (token.startsWith('"')) {
      out.push([next === ":" ? "k" : "v", token]);
    } else {
      out.push(["n", token]);
    }
  });
  return out;
}

/** Characters of a body that are shown before a button offers the rest. */
const SHOWN = 20000;

/** A body, indented and coloured when it is JSON. */
function bodyBlock(body) {
  if (!body || body.bytes === 0) return el("p", { class: "faint" }, "no body");
  if (body.text === undefined || body.text === null) return el("p", { class: "faint" }, `${bytes(body.bytes)} that are no text`);
  const note = body.cut ? el("p", { class: "faint" }, `cut: ${bytes(body.bytes)} in all`) : null;
  const block = el("pre", { class: "block", tabindex: "0" });
  const fill = (text) => {
    const tokens = text.length <= SHOWN ? indented(text) : null;
    if (!tokens) block.append(visible(text));
    else block.append(...tokens.map(([kind, part]) => (kind ? el("span", { class: kind }, visible(part)) : part)));
  };
  if (body.text.length <= SHOWN) {
    fill(body.text);
    return el("div", {}, block, note);
  }
  fill(body.text.slice(0, SHOWN));
  const more = el("button", { type: "button", class: "quiet", on: { click: () => {
    block.replaceChildren(visible(body.text));
    more.remove();
  } } }, `Show all ${bytes(body.bytes)}`);
  return el("div", {}, block, more, note);
}
