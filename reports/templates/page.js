// The page as a whole: filters, the address, the keyboard, light and dark.

const rows = $$(".s");
const sections = $$(".feature");
const chips = $$(".chip");
const find = $("#find");
const finds = [find, ...$$("[data-find]")];
const breaches = $$(".b").map((row) => [row, row.textContent.toLowerCase()]);
const kinds = breaches.length === 1 ? "kind" : "kinds";
const tag = $("#tag");
const words = new Map(rows.map((row) => {
  const feature = $("h3", row.closest(".feature"))?.textContent ?? "";
  return [row, `${$("summary", row).textContent} ${row.dataset.id} ${feature}`.toLowerCase()];
}));

const state = { results: new Set(), tag: "", text: "", open: "" };

function readAddress() {
  const hash = new URLSearchParams(location.hash.slice(1));
  state.results = new Set((hash.get("r") ?? "").split(",").filter(Boolean));
  state.tag = hash.get("t") ?? "";
  state.text = hash.get("q") ?? "";
  state.open = hash.get("s") ?? "";
  for (const field of finds) field.value = state.text;
  tag.value = state.tag;
  if (tag.value !== state.tag) tag.value = state.tag = "";
}

function writeAddress() {
  const hash = new URLSearchParams();
  if (state.results.size) hash.set("r", [...state.results].join(","));
  if (state.tag) hash.set("t", state.tag);
  if (state.text) hash.set("q", state.text);
  if (state.open) hash.set("s", state.open);
  const text = hash.toString();
  try {
    history.replaceState(null, "", `#${text}`);
  } catch {
    // Some browsers refuse this for files; the page works without.
  }
}

function apply() {
  const wanted = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const fits = (!state.results.size || state.results.has(row.dataset.r))
      && (!state.tag || row.dataset.t.split(" ").includes(state.tag))
      && wanted.every((word) => words.get(row).includes(word));
    row.hidden = !fits;
    if (fits) shown += 1;
  }
  let broken = 0;
  for (const [row, text] of breaches) {
    row.hidden = !wanted.every((word) => text.includes(word));
    if (!row.hidden) broken += 1;
  }
  if (breaches.length) $("#breaches-shown").textContent = `${broken === breaches.length ? broken : `${broken} of ${breaches.length}`} ${kinds} of breach`;
  filterOperations(wanted);
  for (const section of sections) {
    section.hidden = !$(".s:not([hidden])", section);
    for (const rule of $$("h4", section)) {
      let next = rule.nextElementSibling;
      while (next && next.hidden) next = next.nextElementSibling;
      rule.hidden = !next || next.tagName === "H4";
    }
  }
  for (const chip of chips) chip.setAttribute("aria-pressed", String(state.results.has(chip.dataset.result)));
  $("#nothing").hidden = shown > 0 || rows.length === 0;
  $("#shown").textContent = shown === rows.length ? `${shown} shown` : `${shown} of ${rows.length}`;
}

function change(action) {
  action();
  writeAddress();
  apply();
}

function clearAll() {
  change(() => {
    state.results.clear();
    state.tag = tag.value = "";
    state.text = "";
    for (const field of finds) field.value = "";
  });
}

/** Opens a scenario, and one of its exchanges when that is named. */
function open(id, exchange = "") {
  const row = rows.find((one) => one.dataset.id === id);
  if (!row) return;
  if (row.hidden) clearAll();
  row.open = true;
  fillFold(row);
  row.scrollIntoView({ block: "start" });
  $("summary", row).focus({ preventScroll: true });
  const call = exchange ? $(`[data-x="${CSS.escape(exchange)}"]`, row) : null;
  if (call) show(call);
}

for (const chip of chips) {
  chip.addEventListener("click", () => change(() => {
    const { result } = chip.dataset;
    if (!state.results.delete(result)) state.results.add(result);
  }));
}
tag.addEventListener("change", () => change(() => { state.tag = tag.value; }));
for (const field of finds) {
  field.addEventListener("input", () => change(() => {
    state.text = field.value.trim();
    for (const other of finds) if (other !== field) other.value = field.value;
  }));
}
$("#clear").addEventListener("click", clearAll);
for (const fold of [...rows, ...$$("[data-lazy]")]) {
  fold.addEventListener("toggle", () => {
    fillFold(fold);
    if (fold.dataset.lazy?.startsWith("cov-")) apply();
    if (!fold.dataset.id) return;
    if (fold.open) state.open = fold.dataset.id;
    else if (state.open === fold.dataset.id) state.open = "";
    writeAddress();
  });
}
for (const link of $$("[data-open]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    open(link.dataset.open, link.dataset.x);
  });
}

function step(by) {
  const shown = rows.filter((row) => !row.hidden);
  if (!shown.length) return;
  const here = shown.indexOf(document.activeElement?.closest?.(".s"));
  const next = here < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.min(shown.length - 1, Math.max(0, here + by));
  $("summary", shown[next]).focus();
  shown[next].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    clearAll();
    document.activeElement?.blur?.();
    return;
  }
  if (event.target.closest("input, select, textarea")) return;
  if (event.key === "/") {
    event.preventDefault();
    find.focus();
  } else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else chips.find((chip) => chip.dataset.key === event.key)?.click();
});

const THEMES = ["system", "light", "dark"];
function setTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $("#theme-name").textContent = theme;
  try {
    localStorage.setItem("dryrun-theme", theme);
  } catch {
    // No storage for files here: the choice lasts as long as the page.
  }
}
let theme = "system";
try {
  theme = localStorage.getItem("dryrun-theme") ?? theme;
} catch {
  // As above.
}
setTheme(THEMES.includes(theme) ? theme : "system");
$("#theme").addEventListener("click", () => {
  setTheme(THEMES[(THEMES.indexOf($("#theme-name").textContent) + 1) % THEMES.length]);
});

window.addEventListener("hashchange", () => {
  readAddress();
  apply();
  if (state.open) open(state.open);
});
readAddress();
apply();
if (state.open) open(state.open);
