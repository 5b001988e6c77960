/** `sonde top` alone, for a given data directory: `top-main.ts <dataDir> <live|once|json> [ms until it crashes]`. */
import { runTop } from '../../../src/cli/top/index.ts';
import type { Config } from '../../../src/config/config.ts';
import { describeError } from '../../../src/errors/sonde-error.ts';

const [dataDir = '', mode = 'live', crashMs] = process.argv.slice(2);
if (crashMs !== undefined) {
  setTimeout(() => {
    throw new Error('planted crash');
  }, Number(crashMs));
}
try {
  process.exitCode = await runTop({ dataDir } as Config, {
    signal: new AbortController().signal,
    stdin: process.stdin,
    stdout: process.stdout,
    env: process.env,
    mode: mode as 'live' | 'once' | 'json',
  });
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
