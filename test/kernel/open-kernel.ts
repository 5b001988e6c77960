import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createDecode } from '../../src/decode/decode.ts';
import { CLASS_NAMES } from '../../src/generated/layout.ts';
import type { KernelFact } from '../../src/model/facts.ts';
import { type Slot, slotOf } from '../../src/model/ids.ts';
import type { SlotCells } from '../../src/model/snapshot.ts';
import { createKernelProbe, type KernelLimits } from '../../src/probe/kernel/create-kernel-probe.ts';
import type { KernelProbe, KernelProbeOptions } from '../../src/probe/probe.ts';
import { createLedger } from '../../src/self/ledger.ts';
import { createSystemClock } from '../../src/self/system-clock.ts';
import { makeCgroup, removeCgroup } from '../harness/cgroup.ts';
import { waitUntil } from '../harness/wait.ts';
import { clearCgroup } from './clear-cgroup.ts';

export type FactOf<K extends KernelFact['kind']> = Extract<KernelFact, { kind: K }>;

export interface OpenKernel {
  readonly probe: KernelProbe;
  /** The cgroup the programs are confined to. */
  readonly root: string;
  readonly facts: readonly KernelFact[];
  all<K extends KernelFact['kind']>(kind: K): FactOf<K>[];
  wait<K extends KernelFact['kind']>(kind: K, isIt?: (fact: FactOf<K>) => boolean): Promise<FactOf<K>>;
  /** Makes a cgroup below the root, as a runtime does. */
  make(name: string): string;
  remove(path: string): void;
  /** Cells copied: the probe's own arrays are overwritten. */
  cells(slot: Slot | number): SlotCells;
  calls(slot: Slot | number, className: string): readonly [calls: number, errors: number];
  /** Inode of the cgroup in the key hierarchy, which is its id. */
  idOf(path: string): string;
}

let count = 0;

export const optionsFor = (root: string): KernelProbeOptions => ({
  level: 'count',
  scope: 'containers',
  cgroupRoot: root,
  cgroupDir: '/sys/fs/cgroup',
  procDir: '/proc',
});

/** A probe confined to a cgroup of its own, closed and removed after the test. */
export async function openKernel(
  test: TestContext,
  options: Partial<KernelProbeOptions> = {},
  limits: Partial<KernelLimits> = {},
  before?: (root: string) => Promise<unknown>,
): Promise<OpenKernel> {
  const root = `/sonde-test/kernel-${process.pid}-${count++}`;
  makeCgroup(root);
  test.after(() => clearCgroup(root));
  await before?.(root);
  const clock = createSystemClock('/proc');
  const probe = await createKernelProbe({ ...optionsFor(root), ...options }, { clock }, limits);
  test.after(() => probe.close());
  const facts: KernelFact[] = [];
  const decode = createDecode({ ledger: createLedger() }, (fact) => facts.push(fact));
  probe.onRecords(decode.push);

  const all = <K extends KernelFact['kind']>(kind: K): FactOf<K>[] =>
    facts.filter((fact): fact is FactOf<K> => fact.kind === kind);
  const cells = (slot: Slot | number): SlotCells => structuredClone(probe.readCells(slotOf(slot)));
  return {
    probe,
    root,
    facts,
    all,
    wait: async (kind, isIt = () => true) => {
      const found = await waitUntil(
        `fact ${kind}`,
        () => all(kind).find(isIt) ?? null,
        (fact) => fact !== null,
        5000,
        20,
      );
      if (!found) throw new Error(`no ${kind}`);
      return found;
    },
    make(name) {
      const path = `${root}/${name}`;
      makeCgroup(path);
      return path;
    },
    remove: removeCgroup,
    cells,
    calls(slot, className) {
      const index = (CLASS_NAMES as readonly string[]).indexOf(className);
      if (index < 0) throw new Error(`no class ${className}`);
      const { calls, errors } = cells(slot);
      return [calls[index] ?? 0, errors[index] ?? 0];
    },
    idOf: (path) => String(statInode(join(probe.hierarchy.mountPoint, path))),
  };
}

function statInode(path: string): bigint {
  return statSync(path, { bigint: true }).ino;
}
