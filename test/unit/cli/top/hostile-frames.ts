import fc from 'fast-check';
import type { FlowModel } from '../../../../src/cli/top/view-model.ts';
import type { ContainerFrame, Frame } from '../../../../src/model/frame.ts';
import { pidOf } from '../../../../src/model/ids.ts';
import { CONFIRMED, flowRowOf, UNRESOLVED } from '../flow-views.ts';
import { containerOf, frameOf } from '../frames.ts';

/** Names nobody should have, and numbers no kernel should give. */
const NASTY = [
  '\x1b[2J\x1b[H',
  'a\nb\tc\r',
  '容器名字很长很长很长很长很长',
  '👩‍👩‍👧‍👦👍🏽🇩🇪',
  'z̵̡̢̛̗̘̙̜̝̞̟̠̣̤̥̦̩̪',
  '\u202Eevil\u2066',
  '\ud800broken',
  'x'.repeat(4096),
  '\u009b31m',
  '\u{e0041}\u{e007f}',
  '한국어-컨테이너',
  '',
];
export const hostileText = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' }), fc.string());
export const anyNumber = fc.oneof(
  fc.double(),
  fc.integer({ min: 0, max: 2_000_000_000 }),
  fc.constantFrom(0, 0.49, 999.5, 1023, 1e6),
);

const container = fc
  .record({
    index: fc.nat(50),
    identity: fc.option(
      fc.record({ name: hostileText, imageName: hostileText, id: hostileText, runtime: hostileText }),
      { nil: undefined },
    ),
    cgroupPath: hostileText,
    startedMs: anyNumber,
  })
  .map(({ index, identity, cgroupPath, startedMs }) => ({ ...containerOf(index, identity), cgroupPath, startedMs }));

const limit = fc.option(anyNumber, { nil: undefined });
const hostileRow: fc.Arbitrary<ContainerFrame> = fc.record({
  container,
  cpuRatio: anyNumber,
  cpuLimitCpus: limit,
  memoryBytes: anyNumber,
  memoryLimitBytes: limit,
  syscalls: anyNumber,
  syscallErrors: anyNumber,
  fileReadBytes: anyNumber,
  fileWrittenBytes: anyNumber,
  fileOpens: anyNumber,
  networkReceivedBytes: anyNumber,
  networkTransmittedBytes: anyNumber,
  processes: anyNumber,
  processStarts: anyNumber,
  processExits: anyNumber,
  oomKills: anyNumber,
  topProcesses: fc.array(
    fc.record({ pid: fc.nat().map(pidOf), name: hostileText, cpuRatio: anyNumber, rssBytes: anyNumber }),
    { maxLength: 12 },
  ),
  topClasses: fc.array(fc.record({ name: hostileText, calls: anyNumber, errors: anyNumber }), { maxLength: 12 }),
  hotFiles: fc.array(fc.record({ path: hostileText, bytes: anyNumber }), { maxLength: 12 }),
});

export const hostileFrame: fc.Arbitrary<Frame> = fc.record({
  timeMs: anyNumber,
  elapsedS: anyNumber,
  containers: fc.array(hostileRow, { maxLength: 8 }),
  host: fc.option(fc.constant(frameOf(0).host), { nil: undefined }),
  lost: fc.dictionary(hostileText, anyNumber, { maxKeys: 3 }),
});

export const hostileFlows: fc.Arbitrary<FlowModel> = fc.record({
  lines: fc.array(
    fc
      .record({
        id: fc.nat(60),
        texts: fc.tuple(hostileText, hostileText, hostileText, hostileText),
        number: anyNumber,
        isKnown: fc.boolean(),
        rate: fc.option(anyNumber, { nil: undefined }),
      })
      .map(({ id, texts: [a, b, c, d], number, isKnown, rate }) => ({
        row: flowRowOf({
          id,
          containerName: a,
          containerImage: b,
          process: c,
          serverAddress: d,
          serverPort: number,
          transmittedBytes: number,
          activeConnections: number,
          failedConnections: number,
          retransmittedSegments: number,
          rttUs: number,
          failures: { [a]: number },
          peer: {
            ...(isKnown ? CONFIRMED : UNRESOLVED),
            name: b,
            process: d,
            address: c,
            viaAddress: a,
            viaPort: number,
          },
        }),
        transmittedRateBytesPerSec: rate,
        receivedRateBytesPerSec: rate,
      })),
    { maxLength: 60 },
  ),
  hiddenRows: fc.nat(),
  lostConnections: fc.nat(),
});
