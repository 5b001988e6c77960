import { readFileSync } from 'node:fs';
import type { Container } from '../../src/model/container.ts';
import type { HalfFlow } from '../../src/model/flow.ts';
import type { Pid } from '../../src/model/ids.ts';
import { formatIp } from '../../src/model/ip.ts';

/** Half flows as /proc/<pid>/net shows them: no bytes, no fingerprint, but the kernel's own tuples. */
export interface SocketOwner {
  readonly netnsInode: number;
  readonly container: Container | undefined;
  readonly pid: Pid | undefined;
}

let nextId = 1;

export function readHalves(
  procDir: string,
  pid: number | 'thread-self',
  owner: SocketOwner,
  openedMs: number,
): HalfFlow[] {
  const halves: HalfFlow[] = [];
  for (const transport of ['tcp', 'udp'] as const) {
    const rows = [transport, `${transport}6`].flatMap((name) =>
      parseSockets(readFileSync(`${procDir}/${pid}/net/${name}`, 'utf8')),
    );
    const listening = new Set(rows.filter((row) => row.remotePort === 0).map((row) => row.localPort));
    for (const row of rows) {
      // TIME_WAIT and LISTEN are nobody's connection.
      if (row.remotePort === 0 || row.state === 6 || row.state === 10) continue;
      const { state, ...ends } = row;
      halves.push({
        id: nextId++,
        ...owner,
        processName: undefined,
        tuple: { transport, networkType: row.localAddress.includes(':') ? 'ipv6' : 'ipv4', ...ends },
        role: listening.has(row.localPort) ? 'server' : 'client',
        openedMs,
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
      } as HalfFlow);
    }
  }
  return halves;
}

function parseSockets(text: string) {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, local = '', remote = '', state = '0'] = line.trim().split(/\s+/);
      const [localAddress, localPort] = parseEnd(local);
      const [remoteAddress, remotePort] = parseEnd(remote);
      return { localAddress, localPort, remoteAddress, remotePort, state: Number.parseInt(state, 16) };
    });
}

/** `0100007F:1F90`: 32-bit words in the machine's order, port as a number. */
function parseEnd(text: string): readonly [string, number] {
  const [address = '', port = '0'] = text.split(':');
  const bytes = Buffer.from(address, 'hex');
  return [formatIp(bytes.swap32(), 0, bytes.length), Number.parseInt(port, 16)];
}
