import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import { SondeError } from '../../errors/sonde-error.ts';
import type { FlowList } from '../../model/flow-row.ts';
import { connectControl } from '../../self/control/client.ts';
import { EXIT_OK } from '../exit-code.ts';
import { flowTable } from './table.ts';

export interface FlowsDeps {
  readonly isJson: boolean;
  readonly isWatching: boolean;
  readonly signal: AbortSignal;
  readonly stdout: { write(text: string): unknown; readonly columns?: number };
  /** Where no agent runs. */
  readonly openSource: () => Promise<{ flows(): FlowList; close(): void | Promise<void> }>;
}

const PERIOD_MS = 1_000;
/** A pipeline that has just begun finds old connections first, then their other ends. */
const SETTLE_MS = 3_000;

/** `sonde flows`: connections of the running agent, else of a pipeline of its own. */
export async function runFlows(config: Config, deps: FlowsDeps): Promise<number> {
  const source = await openSource(config, deps);
  try {
    await print(source, deps);
    while (deps.isWatching && !deps.signal.aborted) {
      await pause(PERIOD_MS, deps.signal);
      if (!deps.signal.aborted) await print(source, deps);
    }
    return EXIT_OK;
  } finally {
    await source.close();
  }
}

interface Source {
  flows(): Promise<FlowList> | FlowList;
  close(): void | Promise<void>;
}

async function openSource(config: Config, deps: FlowsDeps): Promise<Source> {
  try {
    const client = await connectControl(config.dataDir);
    return { flows: client.flows, close: () => undefined };
  } catch (error) {
    if (!(error instanceof SondeError) || error.code !== 'SND_AGT_NOT_RUNNING') throw error;
  }
  const source = await deps.openSource();
  await pause(SETTLE_MS, deps.signal);
  return source;
}

async function print(source: Source, { stdout, isJson, isWatching }: FlowsDeps): Promise<void> {
  const list = await source.flows();
  if (isJson) {
    stdout.write(list.flows.map((flow) => `${JSON.stringify(flow)}\n`).join(''));
    return;
  }
  if (isWatching) stdout.write('\x1b[H\x1b[2J');
  stdout.write(flowTable(list, stdout.columns));
}

async function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  await sleep(timeMs, undefined, { signal }).catch(() => undefined);
}
