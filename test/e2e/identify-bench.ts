import assert from 'node:assert/strict';
import type { Config } from '../../src/config/config.ts';
import { createDecode } from '../../src/decode/decode.ts';
import { readHostIdentity } from '../../src/identify/host-identity.ts';
import { createIdentify, type Identify } from '../../src/identify/identify.ts';
import type { Container } from '../../src/model/container.ts';
import type { KernelFact } from '../../src/model/facts.ts';
import { createCgroupSampler } from '../../src/probe/cgroup/cgroup-sampler.ts';
import { createKernelProbe } from '../../src/probe/kernel/create-kernel-probe.ts';
import { createProcessSampler } from '../../src/probe/proc/process-sampler.ts';
import { createLedger, type Ledger } from '../../src/self/ledger.ts';
import { createLog } from '../../src/self/log.ts';
import { createSystemClock } from '../../src/self/system-clock.ts';
import { waitUntil } from '../harness/wait.ts';

const NO_FILTER = {
  includeNames: [],
  excludeNames: [],
  includeLabels: [],
  excludeLabels: [],
  includeImages: [],
  excludeImages: [],
};

type IdentifyConfig = Pick<
  Config,
  | 'scope'
  | 'cgroupRoot'
  | 'procDir'
  | 'cgroupDir'
  | 'hostId'
  | 'hostName'
  | 'dockerHost'
  | 'filter'
  | 'labelAllowList'
  | 'resourceAttributes'
>;

export function identifyConfig(cgroupRoot: string, more: Partial<IdentifyConfig> = {}): IdentifyConfig {
  return {
    scope: 'containers',
    cgroupRoot,
    procDir: '/proc',
    cgroupDir: '/sys/fs/cgroup',
    hostId: undefined,
    hostName: undefined,
    dockerHost: undefined,
    labelAllowList: [],
    resourceAttributes: {},
    ...more,
    filter: { ...NO_FILTER, ...more.filter },
  };
}

export interface IdentifyBench {
  readonly identify: Identify;
  readonly opened: Container[];
  readonly closed: { readonly container: Container; readonly isFilteredOut: boolean }[];
  readonly facts: { readonly container: Container; readonly fact: KernelFact }[];
  readonly ledger: Ledger;
  readonly cgroups: ReturnType<typeof createCgroupSampler>;
  readonly processes: ReturnType<typeof createProcessSampler>;
  readonly log: string[];
  /** Waits for the container of this id and for its identity. */
  named(id: string, timeoutMs?: number): Promise<Container>;
  /** Waits for the container to appear, named or not. */
  appeared(id: string): Promise<Container>;
  close(): void;
}

/** The real kernel probe, decode, identify and samplers, confined to `config.cgroupRoot`; ticks every 200 ms. */
export async function startIdentify(config: IdentifyConfig): Promise<IdentifyBench> {
  assert.ok(config.cgroupRoot.startsWith('/sonde-test/'));
  const clock = createSystemClock('/proc');
  const ledger = createLedger();
  const log: string[] = [];
  const probe = await createKernelProbe({ ...config, level: 'off' }, { clock });
  const samplerOptions = { cgroupDir: config.cgroupDir, procDir: config.procDir, hierarchy: probe.hierarchy };
  const cgroups = createCgroupSampler(samplerOptions, { clock });
  const processes = createProcessSampler(samplerOptions, { clock, ledger });
  const opened: Container[] = [];
  const closed: { container: Container; isFilteredOut: boolean }[] = [];
  const facts: { container: Container; fact: KernelFact }[] = [];
  const identify = createIdentify(
    config,
    { clock, ledger, log: createLog('debug', (line) => log.push(line)), probe, host: readHostIdentity(config) },
    {
      opened(container) {
        opened.push(container);
        const target = { slot: container.slot, cgroupPath: container.cgroupPath, pid: container.initPid };
        cgroups.open(target);
        processes.open(target);
      },
      push: (container, fact) => facts.push({ container, fact }),
      closed(container, isFilteredOut, release) {
        closed.push({ container, isFilteredOut });
        cgroups.close(container.slot);
        processes.close(container.slot);
        release();
      },
    },
  );
  const decode = createDecode(
    { ledger },
    (fact) => identify.push(fact),
    () => {},
  );
  probe.onRecords((records) => decode.push(records));
  identify.start();
  const ticking = setInterval(() => identify.tick(clock.wallMs()), 200);
  const find = (id: string) => opened.find(({ cgroupPath }) => cgroupPath.includes(id));

  return {
    identify,
    opened,
    closed,
    facts,
    ledger,
    cgroups,
    processes,
    log,
    named: async (id, timeoutMs = 10_000) => {
      const seen = await waitUntil(
        `${id} to be named`,
        () => find(id),
        (container) => container?.identity !== undefined,
        timeoutMs,
        50,
      );
      assert.ok(seen);
      return seen;
    },
    appeared: async (id) => {
      const seen = await waitUntil(
        `${id} to appear`,
        () => find(id),
        (container) => container !== undefined,
        5_000,
        20,
      );
      assert.ok(seen);
      return seen;
    },
    close() {
      clearInterval(ticking);
      identify.close();
      probe.close();
    },
  };
}
