import { spawn } from 'node:child_process';
import { waitUntil } from './wait.ts';

export interface ServerProcess {
  readonly pid: number;
  log(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A backend in a process of its own: answers before this returns, ends with the test process at the latest. */
export async function startServer(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  isReady: () => Promise<boolean>,
): Promise<ServerProcess> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const collect = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-100_000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      text += String(error);
      hasEnded = true;
      resolve();
    });
    child.on('exit', () => {
      hasEnded = true;
      resolve();
    });
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.on('exit', endWithUs);
  void ended.then(() => process.off('exit', endWithUs));
  await waitUntil(
    `${program} to answer`,
    async () => hasEnded || (await isReady()),
    (done) => done,
    60_000,
  );
  if (hasEnded) throw new Error(`${program} ended at start:\n${text}`);
  return {
    pid: child.pid ?? 0,
    log: () => text,
    async stop(signal = 'SIGTERM') {
      if (!hasEnded) child.kill(signal);
      await ended;
    },
  };
}
