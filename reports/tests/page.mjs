// Opens report pages in headless Chromium and looks at them as a reader would. Needs Node 20 or newer and Chromium.
//
//   node --experimental-websocket reports/tests/page.mjs FOLDER [CHROMIUM]
//
// FOLDER is what `cargo run -p dryrun-reports --example fixture -- FOLDER` wrote. Exits 1 when something is not as it
// must be: a text of the record ran, something was loaded, a row stays empty, a filter shows the wrong rows.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const folder = resolve(process.argv[2] ?? "");
const program = process.argv[3] ?? "chromium";
const profile = mkdtempSync(join(tmpdir(), "dryrun-page-"));
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"];
const browser = spawn(program, flags, { stdio: ["ignore", "ignore", "pipe"] });

const address = await new Promise((found, failed) => {
  let said = "";
  browser.stderr.on("data", (data) => {
    said += data;
    const match = said.match(/DevTools listening on (ws:\S+)/);
    if (match) found(match[1]);
  });
  browser.on("error", failed);
  browser.on("exit", () => failed(new Error(`${program} ended:\n${said}`)));
});

const socket = new WebSocket(address);
await new Promise((open, failed) => { socket.onopen = open; socket.onerror = failed; });
let last = 0;
const waiting = new Map();
const heard = [];
let wake = () => {};
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.id) waiting.get(message.id)?.(message);
  else heard.push(message);
  wake();
};
const send = (method, params = {}, sessionId = undefined) => new Promise((done, failed) => {
  const id = (last += 1);
  waiting.set(id, (message) => (message.error ? failed(new Error(`${method}: ${message.error.message}`)) : done(message.result)));
  socket.send(JSON.stringify({ id, method, params, sessionId }));
});

const wrong = [];
const check = (holds, what) => { if (!holds) wrong.push(what); };

async function open(name, { width = 1280, height = 900, scheme = "light", hash = "", scripts = true } = {}) {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const page = (method, params) => send(method, params, sessionId);
  await Promise.all(["Page", "Network", "Log", "Runtime"].map((domain) => page(`${domain}.enable`)));
  await page("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  await page("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  if (!scripts) await page("Emulation.setScriptExecutionDisabled", { value: true });
  const from = heard.length;
  const began = performance.now();
  await page("Page.navigate", { url: `file://${join(folder, `${name}.html`)}${hash}` });
  const loaded = () => heard.slice(from).some((one) => one.sessionId === sessionId && one.method === "Page.loadEventFired");
  while (!loaded()) await new Promise((done) => { wake = done; });
  const value = async (expression) => {
    const { result, exceptionDetails } = await page("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(`${name}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  };
  if (scripts) await value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  return {
    value,
    took: performance.now() - began,
    events: () => heard.slice(from).filter((one) => one.sessionId === sessionId),
    shot: async (file) => {
      const { data } = await page("Page.captureScreenshot", { format: "png" });
      writeFileSync(join(folder, file), Buffer.from(data, "base64"));
    },
    close: () => send("Target.closeTarget", { targetId }),
  };
}

/** Milliseconds until an action has been drawn. */
const timed = (action) => `(async () => { const began = performance.now(); ${action};
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); return performance.now() - began; })()`;
const rowsShown = "document.querySelectorAll('.s:not([hidden])').length";

async function quiet(page, name) {
  const requests = page.events().filter((one) => one.method === "Network.requestWillBeSent").map((one) => one.params.request.url);
  check(requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:")).length === 0, `${name}: loaded ${requests}`);
  const errors = page.events().filter((one) => one.method === "Runtime.exceptionThrown"
    || (one.method === "Log.entryAdded" && one.params.entry.level === "error"));
  check(errors.length === 0, `${name}: ${JSON.stringify(errors.map((one) => one.params))}`);
}

try {
  const rich = await open("rich");
  await rich.value("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })");
  await rich.value("new Promise((done) => setTimeout(done))");
  await rich.value("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })");
  await rich.value("new Promise((done) => setTimeout(done))");
  check((await rich.value("document.title")).startsWith("NO-GO"), "rich: a text of the record ran");
  check(await rich.value("[...document.querySelectorAll('.s > .body')].every((body) => body.childNodes.length > 0)"), "rich: a row stays empty");
  check(!(await rich.value("document.body.innerText")).includes("[object"), "rich: an object was drawn as text");
  check(await rich.value("document.querySelectorAll('script').length === document.querySelectorAll('script[type]').length + 1"), "rich: a script too many");
  check(await rich.value("document.querySelectorAll('img').length") === 0, "rich: an image came in");
  check(await rich.value("document.querySelectorAll('.track button').length") > 10, "rich: the time line is empty");
  check(await rich.value("document.documentElement.scrollWidth <= innerWidth"), "rich: wider than the window");
  await rich.value("document.querySelector('.chip.failed').click()");
  check(await rich.value(rowsShown) === 2, "rich: the filter of failed ones");
  check((await rich.value("location.hash")).includes("r=failed"), "rich: the filter in the address");
  await quiet(rich, "rich");
  await rich.close();

  const linked = await open("rich", { hash: "#r=passed&q=live", width: 420 });
  check(await linked.value(rowsShown) === 1, "linked: the address filters");
  check(await linked.value("document.documentElement.scrollWidth <= innerWidth"), "linked: wider than a narrow window");
  await linked.close();

  const large = await open("large");
  const all = await large.value("document.querySelectorAll('.s').length");
  const parts = {
    rows: all,
    "load and first drawing": large.took,
    "open a row": await large.value(timed("document.querySelector('.s.failed').open = true")),
    "search": await large.value(timed("const find = document.querySelector('#find'); find.value = 'workflow 77'; find.dispatchEvent(new Event('input'))")),
    "show all again": await large.value(timed("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))")),
    "only failed": await large.value(timed("document.querySelector('.chip.failed').click()")),
    "jump to the last": await large.value(timed("scrollTo(0, document.body.scrollHeight)")),
    "heap MiB": await large.value("performance.memory.usedJSHeapSize / 1048576"),
  };
  check(await large.value(rowsShown) === await large.value("document.querySelectorAll('.s.failed').length"), "large: the filter of failed ones");
  await quiet(large, "large");
  for (const [what, many] of Object.entries(parts)) console.log(`${what}: ${Math.round(many)}${what.includes(" ") && !what.includes("MiB") || what === "search" ? " ms" : ""}`);
  await large.close();

  const contracts = await open("contracts", { height: 1400 });
  const breachesShown = "document.querySelectorAll('.b:not([hidden])').length";
  check(await contracts.value(breachesShown) === 4, "contracts: equal breaches are one row");
  check((await contracts.value("document.querySelector('.b').innerText")).includes("12"), "contracts: the count of the folded ones");
  check((await contracts.value("[...document.querySelectorAll('.nobody')].map((one) => one.innerText).join()")).includes("POST /api/v1/contacts"), "contracts: who is never called is named");
  const search = (text) => `document.querySelector('[data-find]').value = ${JSON.stringify(text)}; document.querySelector('[data-find]').dispatchEvent(new Event('input'))`;
  await contracts.value(search("tolerated crm-123"));
  check(await contracts.value(breachesShown) === 1, "contracts: the search filters breaches");
  check(await contracts.value("document.querySelector('#find').value") === "tolerated crm-123", "contracts: both fields search the same");
  check((await contracts.value("location.hash")).includes("q=tolerated"), "contracts: the search in the address");
  await contracts.value(search(""));
  await contracts.value("document.querySelectorAll('.contract').forEach((fold) => { fold.open = true; })");
  await contracts.value("new Promise((done) => setTimeout(done))");
  check(await contracts.value("document.querySelectorAll('.contract')[0].querySelectorAll('.op').length") === 4, "contracts: a row an operation");
  await contracts.value(search("priority"));
  check(await contracts.value("document.querySelectorAll('.op:not([hidden])').length") === 1, "contracts: the search finds an operation by what it documents");
  await contracts.value(search(""));
  await contracts.value("document.querySelector('.tools input').click()");
  check(await contracts.value("document.querySelectorAll('.contract')[0].querySelectorAll('.op:not([hidden])').length") === 2, "contracts: only where something is missing");
  await contracts.value("document.querySelectorAll('.op').forEach((fold) => { fold.open = true; })");
  await contracts.value("new Promise((done) => setTimeout(done))");
  const words = await contracts.value("[...document.querySelectorAll('.hit, .cell')].map((one) => one.innerText).join('|')");
  check(["✓ 45×", "○ never met", "◐ 1/2", "○ never", "(○ never)", "(○ never met)", "(◐ 1/2)", "● 2/2"].every((word) => words.includes(word)), `contracts: cells say it without colour: ${words}`);
  check((await contracts.value("document.querySelector('.suggestion').innerText")).includes("Scenario: the CRM refuses an email"), "contracts: what one could write");
  check(await contracts.value("document.querySelectorAll('.contract')[0].querySelectorAll('.op')[0].querySelectorAll('.suggestion').length") === 1, "contracts: one scenario for two missing things is told once");
  await contracts.value("document.querySelector('.suggestion .copy').click()");
  await contracts.value("new Promise((done) => setTimeout(done, 50))");
  check(/copied|selected/.test(await contracts.value("document.querySelector('.suggestion .copy').innerText")), "contracts: the button copies");
  await contracts.value("document.querySelector('.items .by a').click()");
  check(await contracts.value("document.querySelector('.s[open]')?.dataset.id") === "features/email.feature:5", "contracts: a cell leads to its scenario");
  await contracts.value("document.querySelector('.b [data-x]').click()");
  check(await contracts.value("document.querySelector('.x[open]')?.dataset.x") === "crm-0", "contracts: a breach leads to its exchange");
  check((await contracts.value("document.title")).startsWith("NO-GO"), "contracts: a text of the record ran");
  check(await contracts.value("document.querySelectorAll('img').length") === 0, "contracts: an image came in");
  check(await contracts.value("document.documentElement.scrollWidth <= innerWidth"), "contracts: wider than the window");
  await quiet(contracts, "contracts");
  await contracts.close();

  const drift = await open("verify");
  check((await drift.value("document.title")).includes("verification of the CRM"), "verify: the title says what it was");
  await drift.value("document.querySelector('.s.failed').open = true");
  await drift.value("new Promise((done) => setTimeout(done))");
  check(/⇄ drift[^]*our mock[^]*the provider/.test(await drift.value("document.querySelector('.s.failed').innerText")), "verify: drift has its own word and sides");
  await quiet(drift, "verify");
  await drift.close();
  const probe = await open("probe");
  check((await probe.value("document.querySelector('.s.failed .why').innerText")).startsWith("⚑ finding"), "probe: a finding has its own word");
  await probe.close();

  const wide = await open("wide");
  console.log(`wide, 1,000 operations: load and first drawing: ${Math.round(wide.took)} ms`);
  console.log(`open the contract: ${Math.round(await wide.value(timed("document.querySelector('.contract').open = true")))} ms`);
  check(await wide.value("document.querySelectorAll('.op').length") === 1000, "wide: a row an operation");
  check(await wide.value("document.querySelectorAll('.op .inside').length") === 0, "wide: what is closed is not drawn");
  console.log(`search in it: ${Math.round(await wide.value(timed(search("things-77/"))))} ms`);
  check(await wide.value("document.querySelectorAll('.op:not([hidden])').length") === 4, "wide: the search");
  console.log(`open an operation: ${Math.round(await wide.value(timed("document.querySelector('.op:not([hidden])').open = true")))} ms`);
  check(await wide.value("document.querySelectorAll('.op .inside .items tr').length") > 20, "wide: the items of one");
  await quiet(wide, "wide");
  await wide.close();

  const pointer = (plot, part) => `(() => { const plot = document.querySelectorAll('.plot[data-load]')[${plot}];
    const box = plot.querySelector('.draw').getBoundingClientRect();
    plot.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + box.width * ${part}, clientY: box.top + 40, bubbles: true })); })()`;
  for (const name of ["load-good", "load-bad", "load-unclear", "load-capacity", "load-soak", "load-step"]) {
    const page = await open(name);
    await page.value("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })");
    await page.value("new Promise((done) => setTimeout(done))");
    check(!(await page.value("document.title")).includes("owned"), `${name}: a text of the record ran`);
    check(await page.value("document.querySelectorAll('img').length") === 0, `${name}: an image came in`);
    check(await page.value("document.documentElement.scrollWidth <= innerWidth"), `${name}: wider than the window`);
    check(await page.value("[...document.querySelectorAll('.draw')].every((svg) => svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label').length > 20)"), `${name}: a chart without words`);
    // Nothing of a chart leaves its plot: what is drawn stays between its axes.
    check(await page.value("[...document.querySelectorAll('.draw > svg')].every((svg) => { const box = svg.getBBox(); return box.y > -1 && box.y + box.height <= svg.viewBox.baseVal.height + 1; })"), `${name}: a line leaves its chart`);
    const plots = await page.value("document.querySelectorAll('.plot[data-load]').length");
    check(plots >= 6, `${name}: ${plots} charts over time`);
    await page.value(pointer(0, 0.5));
    check(/p99[^]*(ms|s)/.test(await page.value("document.querySelector('.tip')?.innerText ?? ''")), `${name}: no numbers beneath the pointer`);
    check(await page.value("document.querySelectorAll('.plot[data-load=\"' + document.querySelector('.plot[data-load]').dataset.load + '\"] .cross').length") >= 6, `${name}: the same second in every chart of the run`);
    await page.value("document.querySelector('.plot[data-load]').dispatchEvent(new PointerEvent('pointerleave'))");
    check(await page.value("document.querySelectorAll('.cross, .tip').length") === 0, `${name}: the pointer left, the cross did not`);
    await page.value("(() => { const plot = document.querySelector('.plot[data-load]'); plot.focus(); plot.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true })); })()");
    check(await page.value("document.querySelectorAll('.tip').length") === 1, `${name}: the keyboard reaches the numbers, too`);
    await quiet(page, name);
    await page.close();
    const narrow = await open(name, { width: 380 });
    await narrow.value("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })");
    check(await narrow.value("document.documentElement.scrollWidth <= innerWidth"), `${name}: wider than a narrow window`);
    await narrow.close();
  }
  const soak = await open("load-soak");
  console.log(`load-soak, 4 hours: load and first drawing: ${Math.round(soak.took)} ms`);
  console.log(`pointer over a chart: ${Math.round(await soak.value(timed(pointer(0, 0.3))))} ms`);
  await soak.close();
  const bare = await open("load-bad", { scripts: false });
  check(await bare.value("document.querySelectorAll('.draw path').length") > 20, "load without scripts: no charts");
  await bare.close();
  for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 420], ["dark", 420]]) {
    const page = await open("load-bad", { scheme, width, height: 2400 });
    await page.value("document.querySelector('.charts').scrollIntoView()");
    await page.value(pointer(0, 0.46));
    await page.shot(`load-${scheme}-${width}.png`);
    await page.close();
  }

  for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 420], ["dark", 420]]) {
    const page = await open("contracts", { scheme, width, height: 2000 });
    await page.value("document.querySelector('.contract').open = true");
    await page.value("new Promise((done) => setTimeout(done))");
    await page.value("document.querySelector('.op').open = true; document.querySelector('#contracts').scrollIntoView()");
    check(await page.value("document.documentElement.scrollWidth <= innerWidth"), `contracts: wider than ${width}`);
    await page.shot(`contracts-${scheme}-${width}.png`);
    await page.close();
  }

  for (const [scheme, width, height, hash, name] of [
    ["light", 1280, 900, "", "top"], ["dark", 1280, 900, "", "top"], ["light", 420, 900, "", "top"], ["dark", 420, 900, "", "top"],
    ["light", 1280, 1500, "#s=features/publish.feature:21", "failed"], ["dark", 1280, 1500, "#s=features/publish.feature:21", "failed"],
    ["light", 420, 1500, "#s=features/publish.feature:21", "failed"], ["dark", 420, 1500, "#s=features/live.feature:12", "live"],
  ]) {
    const page = await open("rich", { scheme, width, height, hash });
    await page.shot(`${name}-${scheme}-${width}.png`);
    if (name === "failed") {
      await page.value("document.querySelectorAll('.track button')[1].click(); document.querySelector('.lanes').scrollIntoView()");
      check(await page.value("document.querySelector('.x[open] .block').textContent.length > 20"), "a bar opens its exchange");
      await page.shot(`wire-${scheme}-${width}.png`);
    }
    await page.close();
  }
  const good = await open("good", { width: 1280, height: 900, hash: "#s=features/publish.feature:8" });
  await good.value("document.querySelector('.fold').open = true; scrollTo(0, 0)");
  await good.shot("good-light-1280.png");
  await quiet(good, "good");
} finally {
  browser.removeAllListeners("exit");
  browser.kill();
  await new Promise((done) => browser.once("exit", done));
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
if (wrong.length) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log("the pages are as they must be");
process.exit(0);
