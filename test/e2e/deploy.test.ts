import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { run, tryRun } from '../harness/command.ts';
import { composeParserBinary } from '../harness/go-build.ts';

/** The files in deploy/ are what they claim to be, by the programs that will read them. */
const ROOT = join(import.meta.dirname, '../..');
const UNIT = readFileSync(join(ROOT, 'deploy/sonde.service'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'sonde-deploy-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Service {
  readonly cap_drop: readonly string[];
  readonly cap_add: readonly string[];
  readonly read_only: boolean;
  readonly privileged?: boolean;
  readonly pid: string;
  readonly network_mode: string;
  readonly cgroup: string;
  readonly security_opt: readonly string[];
  readonly volumes: readonly { readonly source: string; readonly target: string; readonly read_only?: boolean }[];
}

async function composeService(): Promise<Service> {
  const text = await run(await composeParserBinary(), [join(ROOT, 'deploy/compose.yaml')], {
    cwd: join(ROOT, 'deploy'),
  });
  return (parse(text) as { services: { sonde: Service } }).services.sonde;
}

test("compose's own parser accepts the file, and it asks for no more than the page says", async () => {
  const service = await composeService();
  assert.equal(service.privileged, undefined);
  assert.equal(service.read_only, true);
  assert.deepEqual(service.cap_drop, ['ALL']);
  assert.deepEqual([service.pid, service.network_mode, service.cgroup], ['host', 'host', 'host']);
  const writable = service.volumes.filter((volume) => volume.read_only !== true);
  assert.deepEqual(
    writable.map((volume) => volume.target),
    ['/var/lib/sonde'],
  );
  const profile = service.security_opt.find((option) => option.startsWith('seccomp='))?.slice('seccomp='.length) ?? '';
  assert.ok(existsSync(join(ROOT, 'deploy', profile)), `${profile} stands beside the file`);
});

test('a wrong key in the compose file would be refused', async () => {
  const broken = join(folder, 'compose.yaml');
  writeFileSync(
    broken,
    readFileSync(join(ROOT, 'deploy/compose.yaml'), 'utf8').replace('read_only: true', 'readonly: true'),
  );
  const result = await tryRun(await composeParserBinary(), [broken], { cwd: folder });
  assert.notEqual(result.code, 0);
  assert.match(result.stderr + result.stdout, /readonly/);
});

test('compose file, unit and page name the same capabilities', async () => {
  const added = (await composeService()).cap_add.map((name) => `CAP_${name}`).sort();
  const bounding = /^CapabilityBoundingSet=(.*)$/m.exec(UNIT)?.[1]?.split(' ').sort();
  assert.deepEqual(bounding, added);
  const page = readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `(CAP_[A-Z_]+)` \|/gm)].map((match) => match[1] ?? '').sort();
  assert.deepEqual(documented, added);
});

/** The unit names /opt/sonde, where a package puts it; here the checkout stands in for it. */
function verifyUnit(text: string): Promise<{ code: number; stderr: string }> {
  const path = join(folder, 'sonde.service');
  writeFileSync(path, text.replaceAll('/opt/sonde/', `${ROOT}/`));
  return tryRun('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', path]);
}

test('systemd accepts the unit and calls it well protected', async () => {
  const { code, stderr } = await verifyUnit(UNIT);
  assert.equal(stderr.trim(), '');
  assert.equal(code, 0);
  const offline = ['security', '--offline=yes', '--threshold=35', join(folder, 'sonde.service')];
  await run('systemd-analyze', offline);
});

test('systemd would tell a misspelt setting in the unit', async () => {
  const { stderr } = await verifyUnit(UNIT.replace('NoNewPrivileges', 'NoNewPrivilege'));
  assert.match(stderr, /NoNewPrivilege/);
});
