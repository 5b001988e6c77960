import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { run } from './command.ts';
import { ensureDockerd } from './dockerd.ts';
import { debianImage } from './image.ts';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Builds the agent's image from the checkout's `Dockerfile`, on a Debian made here. The context is a copy
 * of what git would commit, plus the certificates this machine trusts, as a user behind a company's
 * proxy would add them.
 */
export async function agentImage(docker: Docker): Promise<string> {
  const image = 'sonde-test/agent:latest';
  const base = await debianImage(docker);
  const context = mkdtempSync(join(tmpdir(), 'sonde-context-'));
  try {
    const files = await run('git', ['-C', ROOT, 'ls-files', '-co', '--exclude-standard', '--deduplicate']);
    const present = files.split('\n').filter((file) => file !== '' && existsSync(join(ROOT, file)));
    await run('cp', ['--parents', '-t', context, ...present], { cwd: ROOT });
    const bundle = process.env['NODE_EXTRA_CA_CERTS'];
    if (bundle !== undefined) copyFileSync(bundle, join(context, 'deploy/certs/machine.crt'));
    const env = { DOCKER_BUILDKIT: '0', DOCKER_HOST: `unix://${await ensureDockerd()}` };
    await run('docker', ['build', '--network=host', '--build-arg', `BASE_IMAGE=${base}`, '-t', image, context], {
      env,
      isNice: true,
      timeoutMs: 1_200_000,
    });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  return image;
}
