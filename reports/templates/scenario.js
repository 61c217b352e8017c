// An opened scenario: its attempts, steps and failures.

function diffBlock(lines, [expected, found] = ["expected", "found"]) {
  if (!lines?.length) return null;
  const classes = { "-": "l minus", "+": "l plus", "~": "l gap", " ": "l" };
  return el("div", { class: "diff", tabindex: "0", role: "group", "aria-label": `${expected} and ${found}` },
    el("div", { class: "key" }, el("b", {}, `− ${expected}`), el("b", {}, `+ ${found}`)),
    lines.map(({ mark, text }) => el("div", { class: classes[mark] },
      el("span", { "aria-hidden": mark === " " || mark === "~" ? "true" : null }, mark === "~" ? "" : mark),
      el("span", {}, visible(text) || " "))));
}

function failureBlock(failure) {
  return el("div", { class: "failure" },
    el("p", { class: "message" }, visible(failure.message)),
    el("p", { class: "at" }, el("b", { class: "kind" }, failure.kind), failure.at ? [" at ", el("code", {}, visible(failure.at))] : null),
    diffBlock(failure.diff, failure.sides),
    failure.hint ? el("p", { class: "hint" }, el("b", {}, "Hint "), visible(failure.hint)) : null);
}

const MARKS = { passed: ["✓", "passed"], failed: ["✗", "failed"], not_run: ["–", "not run"] };

function stepItem(step) {
  const [sign, word] = MARKS[step.outcome] ?? ["?", step.outcome];
  const kind = step.outcome.replace("_", "");
  const more = el("div", { class: "more" },
    step.doc_string !== undefined ? el("pre", { class: "doc", tabindex: "0" }, visible(step.doc_string)) : null,
    step.table ? el("div", { class: "scroll" }, el("table", { class: "cells" }, el("tbody", {}, step.table.map((row) =>
      el("tr", {}, row.map((cell) => el("td", {}, visible(cell)))))))) : null,
    (step.failures ?? []).map(failureBlock));
  return el("li", { class: `${kind} ${step.background ? "background" : ""}` },
    el("span", { class: `mark ${kind}`, "aria-hidden": "true" }, sign),
    el("span", { class: "say" }, el("span", { class: "sr" }, `${word}: `), el("b", {}, step.keyword.trim()), ` ${visible(step.text)}`),
    el("span", { class: "took" }, step.outcome === "not_run" ? "not run" : duration(step.duration_us)),
    more.childNodes.length ? more : null);
}

/** Lines of the service; with `start`, their times count from there. */
function logBlock(lines, skipped = 0, start = null) {
  const time = (at) => (start === null ? duration(at) : `${at < start ? "-" : "+"}${duration(Math.abs(at - start))}`);
  if (!lines?.length) return null;
  return el("pre", { class: "block logs", tabindex: "0" },
    skipped ? el("span", { class: "faint" }, `${skipped} earlier lines are in the record only\n`) : null,
    lines.map(([at, , stream, line]) => el("span", { class: stream === "stderr" ? "stderr" : "" },
      `${time(at).padStart(9)}  ${visible(line)}\n`)));
}

function attemptBlock(attempt) {
  return el("div", { class: "attempt" },
    el("ol", { class: "steps" }, attempt.steps.map(stepItem)),
    attempt.failures?.length ? [el("h5", { class: "part" }, "When the scenario closed"), attempt.failures.map(failureBlock)] : null,
    wire(attempt),
    attempt.log?.length ? [el("h5", { class: "part" }, "Meanwhile the service wrote"), logBlock(attempt.log, 0, attempt.started_us)] : null);
}

function scenarioBody(data) {
  const attempts = [...data.attempts].reverse();
  const [last, ...earlier] = attempts;
  return [
    el("p", { class: "about" },
      el("span", {}, el("code", {}, visible(data.id))),
      el("span", {}, "repeat: ", el("code", {}, visible(data.repeat)))),
    last ? attemptBlock(last) : el("p", { class: "faint" }, "It has no attempt."),
    earlier.map((attempt) => {
      const word = { passed: "passed", failed: "failed", flaky: "passed" }[attempt.outcome] ?? "did not end";
      const fold = el("details", { class: "earlier" }, el("summary", {}, `Attempt ${attempt.number} ${word} after ${duration(attempt.duration_us)}`));
      fold.addEventListener("toggle", () => {
        if (fold.open && !$(".attempt", fold)) fold.append(attemptBlock(attempt));
      });
      return fold;
    }),
  ].flat(2);
}

function looseBody({ exchanges }) {
  const sorted = [...exchanges].sort((a, b) => a.at_us - b.at_us);
  return [el("ul", { class: "wire" }, sorted.map((exchange) => el("li", {}, exchangeRow(exchange, 0))))];
}

/** Fills the body of a fold when it is opened, and empties it when it is closed, so that a long list stays light. */
function fillFold(fold) {
  const body = $(":scope > .body", fold);
  if (!fold.open) {
    body.replaceChildren();
    return;
  }
  if (body.childNodes.length) return;
  const key = fold.dataset.i ?? fold.dataset.lazy;
  const data = chunk(key);
  if (!data) return;
  if (key.startsWith("cov-")) body.append(...coverageBody(data));
  else if (key === "loose") body.append(...looseBody(data));
  else if (key === "log") body.append(logBlock(data.lines, data.skipped));
  else body.append(...scenarioBody(data));
}
