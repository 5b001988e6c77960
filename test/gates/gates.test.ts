import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { copyCheckout } from './planted-copy.ts';

/**
 * Each gate of `.ci/run` is shown to fail: one defect is planted in a copy of the checkout, and the gate must
 * refuse it and name the file. That it passes without the defect is what `.ci/run` itself shows.
 */
const copy = copyCheckout();
after(() => copy.remove());

interface Planted {
  readonly defect: string;
  readonly file: string;
  readonly content: (old: string) => string;
  readonly gate: readonly [command: string, ...args: string[]];
  /** What the gate must say. */
  readonly says: RegExp;
}

const lint = (file: string): Planted['gate'] => ['biome', 'ci', '--error-on-warnings', '--colors=off', file];
const check = (gate: string): Planted['gate'] => ['node', 'scripts/check.ts', gate];
const added = (line: string) => (old: string) => `${old}${line}\n`;

const DEFECTS: readonly Planted[] = [
  {
    defect: 'a stage that imports another stage',
    file: 'src/aggregate/planted.ts',
    content: added("export { boundedString as planted } from '../identify/bounds.ts';"),
    gate: lint('src/aggregate/planted.ts'),
    says: /src\/aggregate\/planted\.ts.*noRestrictedImports[\s\S]*never another stage/,
  },
  {
    defect: 'a stage that reads settings itself',
    file: 'src/export/planted.ts',
    content: added("export { loadConfig as planted } from '../config/load.ts';"),
    gate: lint('src/export/planted.ts'),
    says: /noRestrictedImports/,
  },
  {
    defect: 'what all stages share importing a stage',
    file: 'src/model/planted.ts',
    content: added("export type { KernelProbe as Planted } from '../probe/probe.ts';"),
    gate: lint('src/model/planted.ts'),
    says: /noRestrictedImports/,
  },
  {
    defect: 'a runtime that imports its sibling',
    file: 'src/identify/runtimes/docker/planted.ts',
    content: added("export { podman as planted } from '../podman/podman.ts';"),
    gate: lint('src/identify/runtimes/docker/planted.ts'),
    says: /noRestrictedImports[\s\S]*sibling/,
  },
  {
    defect: 'the addon imported outside probe',
    file: 'src/cli/planted.ts',
    content: added("export * as planted from '../../native/planted.ts';"),
    gate: lint('src/cli/planted.ts'),
    says: /noRestrictedImports[\s\S]*Only src\/probe/,
  },
  {
    defect: 'an import cycle',
    file: 'src/units.ts',
    content: added("export { OVERFLOW_SLOT as PLANTED } from './planted.ts';"),
    gate: lint('src'),
    says: /noImportCycles/,
  },
  {
    defect: 'a promise nobody waits for',
    file: 'src/cli/planted.ts',
    content: added('const later = async (): Promise<void> => {};\nexport function planted(): void {\n  later();\n}'),
    gate: lint('src/cli/planted.ts'),
    says: /noFloatingPromises/,
  },
  {
    defect: 'an unformatted file',
    file: 'src/cli/planted.ts',
    content: added('export const planted   = "x"'),
    gate: lint('src/cli/planted.ts'),
    says: /planted\.ts format/,
  },
  {
    defect: 'a package that package.json does not name',
    file: 'src/cli/planted.ts',
    content: added("export { parse as planted } from 'left-pad';"),
    gate: lint('src/cli/planted.ts'),
    says: /noUndeclaredDependencies/,
  },
  {
    defect: 'a type error',
    file: 'src/cli/planted.ts',
    content: added("export const planted: number = 'text';"),
    gate: check('types'),
    says: /src\/cli\/planted\.ts\(1,14\): error TS2322/,
  },
  {
    defect: 'an export nobody uses',
    file: 'src/units.ts',
    content: added('export const PLANTED = 1;'),
    gate: check('unused code'),
    says: /PLANTED\s+src\/units\.ts/,
  },
  {
    defect: 'a dependency nobody uses',
    file: 'package.json',
    content: (old) => old.replace('"dependencies": {', '"dependencies": {\n    "left-pad": "1.0.0",'),
    gate: check('unused code'),
    says: /left-pad\s+package\.json/,
  },
  {
    defect: 'a stale page',
    file: 'docs/errors.md',
    content: added('| `SND_CFG_PLANTED` | x | x |'),
    gate: check('generated files'),
    says: /docs\/errors\.md is stale/,
  },
  {
    defect: 'a stale constant',
    file: 'src/generated/signals.ts',
    content: (old) => old.replace("unit: 's'", "unit: 'ms'"),
    gate: check('generated files'),
    says: /src\/generated\/signals\.ts is stale/,
  },
  {
    defect: 'a layout that is not that of the object',
    file: 'src/generated/layout.ts',
    content: (old) => old.replace('bootNs: 8', 'bootNs: 12'),
    gate: check('generated files'),
    says: /src\/generated\/layout\.ts is stale/,
  },
  {
    defect: 'a file of more than 300 lines',
    file: 'src/cli/planted.ts',
    content: () => '// line\n'.repeat(301),
    gate: check('file length'),
    says: /src\/cli\/planted\.ts: 301 lines/,
  },
  {
    defect: 'C that is not formatted',
    file: 'bpf/abi.h',
    content: added('struct sd_planted{int   a;};'),
    gate: check('clang-format'),
    says: /bpf\/abi\.h:\d+:\d+: error/,
  },
  {
    defect: 'C++ that is not formatted',
    file: 'native/addon.cc',
    content: added('static int planted( ){return 0;}'),
    gate: check('clang-format'),
    says: /native\/addon\.cc:\d+:\d+: error/,
  },
  {
    defect: 'a hole in a kernel record (-Wpadded)',
    file: 'bpf/events/oom_killed/record.h',
    content: (old) => old.replace('\t__u32 pad;\n', ''),
    gate: ['make', '-C', 'bpf', 'OUT=../planted-build'],
    says: /padding size of 'struct sd_ev_oom_killed'/,
  },
];

for (const { defect, file, content, gate, says } of DEFECTS) {
  test(`the gate refuses ${defect}`, () => {
    copy.withFile(
      'src/planted.ts',
      () => "export { NS_PER_S } from './units.ts';\nexport { OVERFLOW_SLOT } from './model/ids.ts';\n",
      () => {
        copy.withFile(file, content, () => {
          const [command, ...args] = gate;
          const { code, text } = copy.run(command, args);
          assert.notEqual(code, 0, text);
          assert.match(text, says);
        });
      },
    );
  });
}

test('every folder of src has its import zone', () => {
  const { overrides } = JSON.parse(readFileSync('biome.json', 'utf8')) as { overrides: { includes: string[] }[] };
  const zoned = new Set(overrides.flatMap(({ includes }) => includes));
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.ok(folders.length > 5);
  for (const { name } of folders) if (name !== 'generated') assert.ok(zoned.has(`src/${name}/**`), name);
});
