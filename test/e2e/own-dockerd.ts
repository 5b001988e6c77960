import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { run } from '../harness/command.ts';
import { waitUntil } from '../harness/wait.ts';

export interface OwnDockerd {
  readonly socketPath: string;
  readonly docker: Docker;
  /** `SIGSTOP` makes it hang, `SIGCONT` lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Containers go on running (live-restore). */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** A second dockerd, of the test alone, because it is stopped, restarted and made to hang. */
export async function startOwnDockerd(): Promise<OwnDockerd> {
  const dir = mkdtempSync(join(tmpdir(), 'sonde-dockerd-'));
  const socketPath = join(dir, 'docker.sock');
  const docker = new Docker({ socketPath });
  let child: ChildProcess | undefined;
  let said = '';

  const start = async (): Promise<void> => {
    // In a network namespace of its own: without a bridge dockerd removes docker0, whoever's it is.
    child = spawn(
      'unshare',
      [
        ...['--net', '--', 'dockerd'],
        ...['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'pid')],
        ...['--host', `unix://${socketPath}`, '--bridge', 'none', '--iptables=false', '--ip6tables=false'],
        ...['--live-restore', '--containerd-namespace', 'identify'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
    });
    await waitUntil(
      `dockerd: ${said}`,
      () => docker.ping(),
      () => true,
      30_000,
    );
  };

  const stop = async (): Promise<void> => {
    const running = child;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGCONT');
    running.kill('SIGTERM');
    await exited;
  };

  await start();
  return {
    socketPath,
    docker,
    signal: (name) => child?.kill(name),
    start,
    stop,
    async close() {
      await stop();
      // With live-restore it leaves its bind mounts for the daemon to come.
      for (const mount of mountsBelow(dir)) await run('umount', [mount]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Innermost first. */
function mountsBelow(dir: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mount) => mount.startsWith(`${dir}/`))
    .toReversed();
}
