/**
 * Exits 0 when node_modules is what package-lock.json says: every package in its version, OpenTelemetry in
 * major 3, and the Node that runs the agent. Plain JavaScript: it runs under whatever Node the machine has.
 */
import { accessSync, constants, readFileSync } from 'node:fs';

const OPENTELEMETRY_MAJOR = '3';

const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const fail = (why) => {
  process.stderr.write(`${why}\n`);
  process.exit(1);
};

/** A program or addon made for this platform: optional only because there are others. */
function isForThisMachine({ os, cpu, libc }) {
  const allows = (list, name) => list === undefined || [list].flat().includes(name);
  return os !== undefined && allows(os, 'linux') && allows(cpu, process.arch) && allows(libc, 'glibc');
}

try {
  const wanted = read('package-lock.json').packages;
  // npm writes this one last, so an install that was cut short is not taken for a complete one.
  const installed = read('node_modules/.package-lock.json').packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const { version } = entry;
    const found = installed[path]?.version;
    const mayBeMissing = entry.optional && !isForThisMachine(entry);
    if (found !== version && !(found === undefined && mayBeMissing))
      fail(`${path} is ${found ?? 'missing'}, not ${version}`);
  }
  const { version } = read('node_modules/@opentelemetry/sdk-metrics/package.json');
  if (!version.startsWith(`${OPENTELEMETRY_MAJOR}.`)) fail(`OpenTelemetry is ${version}, not ${OPENTELEMETRY_MAJOR}.x`);
  // Which version it is says the lockfile, compared above.
  accessSync('node_modules/.bin/node', constants.X_OK);
} catch (error) {
  fail(error.message);
}
