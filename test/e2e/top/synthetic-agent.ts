/**
 * Serves a real control socket with made-up seconds: `synthetic-agent.ts <dataDir> <containers> [periodMs] [flows]`.
 * For looking at `sonde top`, and for its tests.
 */
import { createControl } from '../../../src/self/control/server.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { lockDataDir } from '../../../src/self/lock.ts';
import { createLog } from '../../../src/self/log.ts';
import { flowViewOf } from '../../unit/cli/flow-views.ts';
import { frameOf, statusOf } from '../../unit/cli/frames.ts';

const [dataDir = '', containers = '3', periodMs = '1000', flows = '12'] = process.argv.slice(2);
lockDataDir(dataDir);
const control = await createControl({
  dataDir,
  ledger: createLedger(),
  log: createLog('error', (line) => process.stderr.write(line)),
  handlers: {
    health: () => ({ ok: true }),
    status: () => statusOf({ agentPid: process.pid }),
    doctor: () => ({}),
    flows: () => flowViewOf(Number(flows), second),
  },
});
let second = 0;
const push = () => control.pushFrame(frameOf(Number(containers), second++));
push();
push();
setInterval(push, Number(periodMs));
process.stdout.write('serving\n');
