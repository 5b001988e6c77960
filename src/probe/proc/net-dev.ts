import { cleanText } from '../../model/clean-text.ts';
import type { NetworkIo } from '../../model/snapshot.ts';
import { numberAt } from './fields.ts';

/** A host with more has them summed by nobody: the rest is left out, and series are bounded anyway. */
const MAX_INTERFACES = 256;
const HEADER_LINES = 2;
const COLUMNS = 12;

/** `/proc/PID/net/dev`: one row an interface, without the loopback. */
export function parseNetDev(text: string): NetworkIo[] {
  const interfaces: NetworkIo[] = [];
  const lines = text.split('\n');
  for (let i = HEADER_LINES; i < lines.length && interfaces.length < MAX_INTERFACES; i++) {
    const line = lines[i] ?? '';
    // Aliases are written `eth0:1:`, so the last colon ends the name.
    const colon = line.lastIndexOf(':');
    if (colon < 0) continue;
    const interfaceName = cleanText(line.slice(0, colon).trim(), 32);
    if (interfaceName === '' || interfaceName === 'lo') continue;
    const columns = line
      .slice(colon + 1)
      .trim()
      .split(/ +/, COLUMNS);
    const at = (index: number): number => numberAt(columns[index] ?? '', 0) ?? 0;
    interfaces.push({
      interfaceName,
      receivedBytes: at(0),
      receiveErrors: at(2),
      receiveDropped: at(3),
      transmittedBytes: at(8),
      transmitErrors: at(10),
      transmitDropped: at(11),
    });
  }
  return interfaces;
}
