// Puts Prism, as a validating proxy, on a hop of the rehearsal. `dryrun` starts this in place of the service under
// test (profile `prism-mocks` or `prism-service` of the check); scripts/check-prism.sh says how and why.
//
//   node scripts/through-prism.mjs mocks COMMAND [WORD…]     between the service and each mock: requests and answers
//   node scripts/through-prism.mjs service COMMAND [WORD…]   between the features and the service: answers
//
// Environment: PRISM (Prism's command line, a JavaScript file), PRISM_LOGS (a folder; what the proxies say goes there),
// PORT (where the harness will look for the service), CRM_BASE_URL, PLATFORM_BASE_URL, and what the service needs.
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const { PRISM, PRISM_LOGS, PORT, CRM_BASE_URL, PLATFORM_BASE_URL } = process.env;
const [hop, ...command] = process.argv.slice(2);
if (!["mocks", "service"].includes(hop) || command.length === 0 || !PRISM || !PRISM_LOGS || !PORT) {
  console.error("usage: PRISM=… PRISM_LOGS=… PORT=… node through-prism.mjs mocks|service COMMAND [WORD…]");
  process.exit(2);
}

const children = [];
const end = (code) => {
  for (const child of children) child.kill();
  process.exit(code);
};
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => end(0));

/** Starts one proxy; resolves with its address once it listens. All that it says goes to a log. */
function proxy(name, upstream, port, ...flags) {
  const words = [PRISM, "proxy", `schemas/${name}/openapi.yaml`, upstream, "--errors", "--port", String(port), ...flags];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
  children.push(child);
  const log = createWriteStream(join(PRISM_LOGS, `${name}-${new URL(upstream).port}.log`));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  child.on("exit", (code) => {
    console.error(`Prism in front of ${name} ended with ${code}; see its log`);
    end(4);
  });
  return new Promise((resolve) => {
    let said = "";
    child.stdout.on("data", function look(text) {
      said += text;
      const found = /listening on (http:\/\/[0-9.:]+)/.exec(said);
      if (!found) return;
      child.stdout.off("data", look);
      resolve(found[1]);
    });
  });
}

/** The proxy in front of a mock. Copies of the service that are started later use the one of the first. */
async function shared(name, upstream) {
  const note = join(PRISM_LOGS, `${name}-${new URL(upstream).port}.address`);
  if (existsSync(note)) return readFileSync(note, "utf8");
  const address = await proxy(name, upstream, 0);
  writeFileSync(note, address);
  return address;
}

/** A port that is free now, for the service behind its proxy. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const env = { ...process.env };
if (hop === "mocks") {
  [env.CRM_BASE_URL, env.PLATFORM_BASE_URL] = await Promise.all([
    shared("crm", CRM_BASE_URL),
    shared("platform", PLATFORM_BASE_URL),
  ]);
} else {
  // A copy that a feature starts afresh keeps the same promises: the first one's answers are judged, copies run bare
  // (a Prism for each of them would take longer than all the rest).
  const first = join(PRISM_LOGS, "generator.address");
  if (!existsSync(first)) {
    env.PORT = String(await freePort());
    // Features send wrong requests to the service on purpose and look at its answer: only answers are judged.
    writeFileSync(first, await proxy("generator", `http://127.0.0.1:${env.PORT}`, PORT, "--validate-request=false"));
  }
}
const service = spawn(command[0], command.slice(1), { stdio: "inherit", env });
children.push(service);
service.on("error", (error) => {
  console.error(`${command[0]} did not start: ${error.message}`);
  end(4);
});
service.on("exit", (code) => end(code ?? 1));
