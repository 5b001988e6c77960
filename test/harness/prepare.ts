import { connectDocker } from './docker.ts';
import { ensureDockerd, stopDockerd } from './dockerd.ts';
import { collectorBinary, composeParserBinary, prometheusBinary } from './go-build.ts';
import { appsImage, testImage } from './image.ts';

/**
 * Everything the tests need that is not in the checkout, made once: `node test/harness/prepare.ts` before
 * them, `… prepare.ts stop` after them. Says each step in one line; a second run takes a second. Tests
 * that need one of these make it themselves when it is missing; none is skipped.
 */
const STEPS: readonly (readonly [what: string, work: () => Promise<string>])[] = [
  ['dockerd', () => ensureDockerd('keep')],
  ['test image', async () => testImage(await connectDocker())],
  ['image with redis, nginx, iperf3 (first time: 1 min)', async () => appsImage(await connectDocker())],
  ['OpenTelemetry Collector (first time: 3 min)', collectorBinary],
  ['Prometheus (first time: 3 min)', prometheusBinary],
  ['compose file parser', composeParserBinary],
];

if (process.argv[2] === 'stop') {
  process.stdout.write((await stopDockerd()) ? 'dockerd of the tests ended\n' : 'no dockerd of the tests to end\n');
} else {
  for (const [what, work] of STEPS) {
    process.stdout.write(`${what}: `);
    process.stdout.write(`${await work()}\n`);
  }
}
