import type { Container } from '../../src/model/container.ts';
import type { Flow, FlowSink, HalfFlow, Peer } from '../../src/model/flow.ts';
import { slotOf } from '../../src/model/ids.ts';

/** Keeps what `stitch` handed on. */
export interface FlowRecorder {
  readonly sink: FlowSink;
  readonly flows: Map<number, Flow>;
  readonly closed: Set<number>;
  readonly updates: { readonly flow: Flow; readonly before: Peer }[];
  readonly unreceived: Map<number, number>;
  peerOf(half: HalfFlow): Peer | undefined;
}

export function recordFlows(): FlowRecorder {
  const flows = new Map<number, Flow>();
  const closed = new Set<number>();
  const updates: { flow: Flow; before: Peer }[] = [];
  const unreceived = new Map<number, number>();
  return {
    flows,
    closed,
    updates,
    unreceived,
    peerOf: (half) => flows.get(half.id)?.peer,
    sink: {
      opened(flow) {
        if (flows.has(flow.half.id)) throw new Error(`half ${flow.half.id} was opened twice`);
        flows.set(flow.half.id, flow);
      },
      updated(flow, before) {
        if (flows.get(flow.half.id) !== flow) throw new Error(`half ${flow.half.id} was updated before it was opened`);
        updates.push({ flow, before });
      },
      closed(flow) {
        if (!flows.has(flow.half.id)) throw new Error(`half ${flow.half.id} was closed before it was opened`);
        if (closed.has(flow.half.id)) throw new Error(`half ${flow.half.id} was closed twice`);
        closed.add(flow.half.id);
      },
      balanced: (flow, bytes) => void unreceived.set(flow.half.id, bytes),
    },
  };
}

/** A container by name, as far as `stitch` looks at one. */
export function makeContainer(name: string, startedMs = 0): Container {
  return {
    key: `0:${name}`,
    slot: slotOf(1),
    cgroupPath: `/${name}`,
    startedMs,
    isPreexisting: startedMs === 0,
    initPid: undefined,
    identity: undefined,
    endedMs: undefined,
  };
}
