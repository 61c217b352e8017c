// The matrix of a contract: an operation a row, a kind of thing a column; what was met of it when a row is opened.

const KINDS = ["operation", "statuses", "parameters", "properties", "enum values", "examples"];

/** Rows of the contracts that are open, with the words they are found by. */
const operations = new Set();

/** Hides the operations that lack one of the words, or where nothing is missing when only that is asked for. */
function filterOperations(wanted) {
  for (const one of operations) {
    if (!one.row.isConnected) {
      operations.delete(one);
      continue;
    }
    one.row.hidden = !(wanted.every((word) => one.words.includes(word)) && (!one.only.checked || one.missed > 0));
  }
}

function refilter() {
  filterOperations($("#find").value.toLowerCase().split(/\s+/).filter(Boolean));
}

/** A button that puts a text on the clipboard; where a page may not, the text is selected instead. */
function copyButton(title, text, block) {
  const button = el("button", { type: "button", class: "quiet copy", on: { click: async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "copied ✓";
    } catch {
      if (!block) {
        button.textContent = "this browser does not let the page copy";
        return;
      }
      getSelection().selectAllChildren(block);
      button.textContent = "selected: press Ctrl+C";
    }
    setTimeout(() => { button.textContent = title; }, 2000);
  } } }, title);
  return button;
}

function scenarioLink(id) {
  const row = $(`.s[data-id="${CSS.escape(id)}"]`);
  const name = row ? $(".name", row).firstChild.textContent : id;
  return el("a", { href: "#", title: visible(id), on: { click: (event) => {
    event.preventDefault();
    open(id);
  } } }, visible(name));
}

/** Scenarios that met an item: the first three, and the others when they are asked for. */
function metBy(ids, hits) {
  const links = ids.slice(0, 3).map(scenarioLink);
  if (ids.length <= 3) return links.length ? links : hits > 0 ? el("span", { class: "faint" }, "calls of no known scenario") : null;
  const more = el("button", { type: "button", class: "quiet", on: { click: () => more.replaceWith(...ids.slice(3).map(scenarioLink)) } },
    `and ${ids.length - 3} more`);
  return [links, more];
}

/** Whether an item is among those that are counted: no example is, and nothing that is deprecated. */
function counts(kind, deprecated) {
  return !deprecated && KINDS[kind] !== "examples";
}

function itemRow([kind, name, hits, scenarios], data, deprecated) {
  const state = hits > 0 ? "met" : counts(kind, deprecated) ? "missed" : "spare";
  const say = { met: `✓ ${hits}×`, missed: "○ never met", spare: "(○ never met)" }[state];
  return el("tr", { class: state },
    el("th", { scope: "row" }, el("code", {}, visible(name))),
    el("td", {}, el("span", { class: `hit ${state}` }, say)),
    el("td", { class: "by" }, metBy(scenarios.map((place) => data.ids[place]), hits)));
}

/** Scenarios one could write for what was never met; one may stand for several items. */
function suggestionsBlock(items, data) {
  const places = new Map();
  for (const [, name, hits, , suggestion] of items) {
    if (hits === 0 && suggestion !== null) places.set(suggestion, [...(places.get(suggestion) ?? []), name]);
  }
  if (!places.size) return null;
  return [
    el("h5", { class: "part" }, "Scenarios one could write"),
    [...places].map(([place, names]) => {
      const text = data.suggestions[place];
      const block = el("pre", { class: "block", tabindex: "0" }, visible(text));
      return el("div", { class: "suggestion" },
        el("p", {}, el("span", {}, "would meet ", names.map((name, index) => [index ? ", " : "", el("code", {}, visible(name))])), copyButton("copy", () => text, block)), block);
    }),
  ];
}

function operationInside([, , deprecated, items], data) {
  const groups = KINDS.map((title, kind) => [title, items.filter((item) => item[0] === kind)]).filter(([, some]) => some.length);
  return el("div", { class: "inside" },
    el("table", { class: "items" },
      el("thead", {}, el("tr", {}, ["what", "met", "by"].map((title) => el("th", { scope: "col" }, title)))),
      groups.map(([title, some]) => el("tbody", {},
        el("tr", { class: "group" }, el("th", { colspan: "3", scope: "rowgroup" }, title)), some.map((item) => itemRow(item, data, deprecated))))),
    suggestionsBlock(items, data));
}

/** How much of one kind was met, readable without its colour. */
function cell(title, items, counted) {
  if (!items.length) return el("span", { class: "cell none", "data-of": title }, el("span", { class: "sr" }, `no ${title}`), el("span", { "aria-hidden": "true" }, "–"));
  const met = items.filter((item) => item[2] > 0).length;
  const [kind, sign] = met === items.length ? ["full", "●"] : met ? ["some", "◐"] : ["empty", "○"];
  const text = `${sign} ${met}/${items.length}`;
  const spare = !counted && kind !== "full";
  return el("span", { class: `cell ${spare ? "spare" : kind}`, "data-of": title, title: `${met} of ${items.length} ${title} met` }, spare ? `(${text})` : text);
}

function operationRow(operation, data, only) {
  const [line, calls, deprecated, items] = operation;
  const of = KINDS.map((_, kind) => items.filter((item) => item[0] === kind));
  const row = el("details", { class: "op" }, el("summary", {},
    el("span", { class: "line" }, el("code", {}, visible(line)), deprecated ? el("span", { class: "pill notrun" }, "deprecated") : null),
    el("span", { class: `cell ${calls ? "full" : deprecated ? "spare" : "empty"}`, "data-of": "calls" }, calls ? `● ${calls}×` : deprecated ? "(○ never)" : "○ never"),
    KINDS.slice(1).map((title, index) => cell(title, of[index + 1], counts(index + 1, deprecated)))));
  row.addEventListener("toggle", () => {
    if (row.open && !$(".inside", row)) row.append(operationInside(operation, data));
  });
  const words = [line, deprecated ? "deprecated" : "", ...items.map((item) => item[1])].join(" ").toLowerCase();
  operations.add({ row, words, only, missed: items.filter((item) => item[2] === 0 && counts(item[0], deprecated)).length });
  return row;
}

function coverageBody(data) {
  const only = el("input", { type: "checkbox", on: { change: refilter } });
  const missing = new Set(data.operations.flatMap(([, , , items]) => items.filter((item) => item[2] === 0 && item[4] !== null).map((item) => item[4])));
  const all = () => [...missing].map((place) => data.suggestions[place].trimEnd()).join("\n\n");
  return [
    el("div", { class: "tools" },
      el("label", {}, only, " only where something is missing"),
      missing.size ? copyButton(`copy ${missing.size === 1 ? "the scenario" : `all ${missing.size} scenarios`} one could write`, all, null) : null),
    data.unusable.length ? el("ul", { class: "unusable" }, data.unusable.map(([operation, reason]) =>
      el("li", {}, el("span", { class: "pill failed" }, "✗ can't be used"), " ", el("code", {}, visible(operation)), " ", visible(reason)))) : null,
    el("div", { class: "ops" },
      el("div", { class: "op-head", "aria-hidden": "true" }, ["operation", "calls", ...KINDS.slice(1)].map((title) => el("span", {}, title))),
      data.operations.map((operation) => operationRow(operation, data, only))),
    el("p", { class: "faint legend" }, "● all met · ◐ some met · ○ none met · – nothing documented · ( ) does not count: examples, and what is deprecated"),
  ].filter(Boolean);
}
