import type { Container, Identity } from '../model/container.ts';
import type { Flow, FlowCounters, FlowSink, HalfFlow, Peer } from '../model/flow.ts';
import type { Ledger } from '../self/ledger.ts';
import type { ContainerFlows } from './container-flows.ts';
import type { FlowGroup } from './flow-group.ts';

/** A flow waits at most 5 s for its other end; samples of its RTT meanwhile, one a second. */
const MAX_WAITING_RTTS = 6;

export interface FlowBook extends FlowSink {
  /** A reading of the flow's counters that moved something. */
  counted(half: HalfFlow): void;
  /** Flows of the container are still looked at by `stitch`, or open. */
  isWaiting(container: Container): boolean;
  /** The container was filtered out: forget its flows. */
  forget(container: Container): void;
}

export interface FlowBookDeps {
  readonly ledger: Ledger;
  readonly nowMs: () => number;
  readonly flowsOf: (container: Container) => ContainerFlows | undefined;
}

type Booked = Omit<FlowCounters, 'rttUs'>;

interface State {
  /** Undefined while its other end is looked for: nothing is booked. */
  flow: Flow | undefined;
  group: FlowGroup | undefined;
  readonly booked: { -readonly [K in keyof Booked]: Booked[K] };
  waitingRttsUs: number[];
  /** What the group was chosen by. */
  peer: Peer | undefined;
  peerIdentity: Identity | undefined;
  processName: string | undefined;
}

/**
 * Books what flows moved under the best attributes known at that moment. What is booked stays: when the
 * other end, its name or the process becomes known later, later bytes go to other series.
 */
export function createFlowBook(deps: FlowBookDeps): FlowBook {
  const { ledger, nowMs, flowsOf } = deps;
  const states = new Map<HalfFlow, State>();

  const stateOf = (half: HalfFlow): State => {
    let state = states.get(half);
    if (!state) {
      state = {
        flow: undefined,
        group: undefined,
        booked: { ...NOTHING },
        waitingRttsUs: [],
        peer: undefined,
        peerIdentity: undefined,
        processName: undefined,
      };
      states.set(half, state);
    }
    return state;
  };

  const containerFlows = ({ half }: Flow): ContainerFlows | undefined => {
    const flows = half.container && flowsOf(half.container);
    if (!flows) ledger.count('aggregate', 'dropped', 'flow-unknown-container');
    return flows;
  };

  /** The group by what is known now; an open flow moves its `active` with it. */
  const groupOf = (state: State, flow: Flow): FlowGroup | undefined => {
    const { half, peer } = flow;
    const peerIdentity = peer.container?.identity;
    const isSame = state.peer === peer && state.peerIdentity === peerIdentity && state.processName === half.processName;
    if (state.group && isSame) return state.group;
    const group = containerFlows(flow)?.group(flow, nowMs()) ?? state.group;
    if (state.group && group !== state.group) {
      state.group.activate(-1);
      group?.activate(1);
    }
    Object.assign(state, { group, peer, peerIdentity, processName: half.processName });
    return group;
  };

  const book = (state: State, flow: Flow): void => {
    const group = groupOf(state, flow);
    if (!group) return;
    const { counters } = flow.half;
    group.usedMs = nowMs();
    group.move(counters, state.booked);
    Object.assign(state.booked, counters);
    for (const rttUs of state.waitingRttsUs) group.roundTrip(rttUs);
    state.waitingRttsUs = [];
  };

  const open = (flow: Flow): State => {
    const { half } = flow;
    const state = stateOf(half);
    state.flow = flow;
    if (isFailedConnect(half)) return state;
    const flows = containerFlows(flow);
    if (!flows) return state;
    const group = groupOf(state, flow);
    group?.activate(1);
    if (!half.isPreexisting) group?.count('opened', undefined);
    if (half.connectDurationUs !== undefined) group?.connected(half.connectDurationUs);
    flows.resolved(flow.peer);
    book(state, flow);
    ledger.count('aggregate', 'kept', '');
    return state;
  };

  return {
    opened: (flow) => void open(flow),

    updated(flow) {
      const state = states.get(flow.half);
      // Up to now under what was known; from now on under what is.
      if (state?.flow) groupOf(state, flow);
    },

    counted(half) {
      const state = stateOf(half);
      const { rttUs } = half.counters;
      if (rttUs !== undefined && state.waitingRttsUs.length < MAX_WAITING_RTTS) state.waitingRttsUs.push(rttUs);
      if (state.flow) book(state, state.flow);
    },

    closed(flow) {
      const { half } = flow;
      const known = states.get(half);
      const state = known?.flow ? known : open(flow);
      states.delete(half);
      if (isFailedConnect(half)) {
        containerFlows(flow)?.group(flow, nowMs()).count('failed', half.failure);
        return;
      }
      book(state, flow);
      state.group?.count('closed', half.failure);
      state.group?.activate(-1);
    },

    balanced(flow, unreceivedBytes) {
      if (unreceivedBytes > 0) containerFlows(flow)?.group(flow, nowMs()).imbalance(unreceivedBytes);
    },

    isWaiting(container) {
      for (const half of states.keys()) if (half.container === container) return true;
      return false;
    },

    forget(container) {
      for (const half of states.keys()) if (half.container === container) states.delete(half);
    },
  };
}

const NOTHING: Booked = {
  transmittedBytes: 0,
  receivedBytes: 0,
  transmittedMessages: 0,
  receivedMessages: 0,
  retransmittedSegments: 0,
};

/** An established TCP connection has a fingerprint; one that failed before never had. */
const isFailedConnect = (half: HalfFlow): boolean =>
  half.tuple.transport === 'tcp' && half.fingerprint === undefined && half.failure !== undefined;
