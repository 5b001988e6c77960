import type { Container } from '../../../src/model/container.ts';
import type { HalfFlow } from '../../../src/model/flow.ts';
import { pidOf } from '../../../src/model/ids.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { STITCH_DEFAULTS, type StitchConfig } from '../../../src/stitch/config.ts';
import { createStitch } from '../../../src/stitch/stitch.ts';
import { recordFlows } from '../../harness/flow-recorder.ts';
import { HOST_NSID, type Node, nsidOf, switchTables, tablesOf, type World } from './topology.ts';

/** The stage with a clock that stands until it is moved. */
export function openStage(config: Partial<StitchConfig> = {}) {
  const time = { nowMs: 1_700_000_000_000 };
  const ledger = createLedger();
  const recorder = recordFlows();
  const wanted: [number, number][] = [];
  const stitch = createStitch(
    { ...STITCH_DEFAULTS, fleetKey: new Uint8Array(32), ...config },
    { ledger, nowMs: () => time.nowMs, wantNamespace: (inode, pid) => wanted.push([inode, pid]) },
    recorder.sink,
  );
  let nextId = 1;
  return {
    time,
    ledger,
    recorder,
    wanted,
    stitch,
    lost: () =>
      Object.fromEntries(
        ledger
          .rows()
          .filter((row) => row.outcome !== 'kept')
          .map((row) => [row.reason, row.count]),
      ),
    run(forMs: number) {
      const endMs = time.nowMs + forMs;
      for (; time.nowMs < endMs; time.nowMs += 100) stitch.tick();
      time.nowMs = endMs;
      stitch.tick();
    },
    /** Tells the whole world as it is. */
    tellWorld(world: World, nodes: readonly Node[] = world.nodes) {
      const { namespaces } = stitch;
      namespaces.opened(world.switch.ref);
      namespaces.tables(world.switch.ref, switchTables(world));
      for (const node of nodes) {
        if (node.container) stitch.containerOpened(node.container, node.ref.inode);
        namespaces.opened(node.ref);
        namespaces.tables(node.ref, tablesOf(node));
      }
      for (const node of nodes) {
        const up = node.up.bridge.owner?.ref ?? world.switch.ref;
        namespaces.numbered(node.ref, HOST_NSID, up);
        namespaces.numbered(up, nsidOf(node), node.ref);
      }
    },
    /** `local` and `remote` are `address:port`. */
    half(
      owner: { readonly inode: number; readonly container?: Container | undefined; readonly pid?: number },
      local: string,
      remote: string,
      more: Partial<HalfFlow> = {},
    ): HalfFlow {
      const [localAddress, localPort] = split(local);
      const [remoteAddress, remotePort] = split(remote);
      return {
        id: nextId++,
        container: owner.container,
        pid: owner.pid === undefined ? undefined : pidOf(owner.pid),
        processName: undefined,
        netnsInode: owner.inode,
        tuple: { transport: 'tcp', networkType: 'ipv4', localAddress, localPort, remoteAddress, remotePort },
        role: 'client',
        openedMs: time.nowMs,
        closedMs: undefined,
        isPreexisting: false,
        fingerprint: undefined,
        counters: {
          transmittedBytes: 0,
          receivedBytes: 0,
          transmittedMessages: 0,
          receivedMessages: 0,
          retransmittedSegments: 0,
          rttUs: undefined,
        },
        connectDurationUs: undefined,
        failure: undefined,
        ...more,
      };
    },
  };
}

export type Stage = ReturnType<typeof openStage>;

export const ownerOf = (node: Node) => ({ inode: node.ref.inode, container: node.container });

function split(text: string): readonly [string, number] {
  const at = text.lastIndexOf(':');
  return [text.slice(0, at), Number(text.slice(at + 1))];
}
