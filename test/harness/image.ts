import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { cachePath, runPath } from './cache.ts';
import { run } from './command.ts';
import { withLock } from './lock.ts';
import { buildWorkload, workloadHash } from './workload.ts';

/**
 * Images without a registry: a root file system made here, given to `docker import`. The tag carries what
 * the image was made from, so a change makes a new one.
 */
const APPLETS = [
  'sh',
  'ls',
  'cat',
  'sleep',
  'true',
  'false',
  'echo',
  'dd',
  'touch',
  'mkdir',
  'rm',
  'ps',
  'kill',
  'wget',
  'nc',
  'id',
  'tail',
  'head',
  'yes',
  'env',
];

/** A small image: busybox, and the workload as `/workload`. */
export async function testImage(docker: Docker): Promise<string> {
  const image = `sonde-test/base:${workloadHash()}`;
  if (await hasImage(docker, image)) return image;
  await withLock(runPath('image.lock'), async () => {
    if (await hasImage(docker, image)) return;
    const root = mkdtempSync(join(tmpdir(), 'sonde-image-'));
    try {
      for (const directory of ['bin', 'tmp', 'etc', 'data', 'proc', 'sys', 'dev']) mkdirSync(join(root, directory));
      copyFileSync(staticBusybox(), join(root, 'bin/busybox'));
      for (const applet of APPLETS) symlinkSync('busybox', join(root, 'bin', applet));
      copyFileSync(await buildWorkload(), join(root, 'workload'));
      writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
      writeFileSync(join(root, 'etc/hostname'), 'sonde-test\n');
      const tarball = `${root}.tar`;
      await run('tar', ['-C', root, '--owner=0', '--group=0', '-cf', tarball, '.']);
      await importImage(docker, tarball, image);
      rmSync(tarball);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
  return image;
}

/** Debian as the published `bookworm-slim` would be, by debootstrap: the base of the agent's image in tests. */
export async function debianImage(docker: Docker): Promise<string> {
  const image = 'sonde-test/debian:bookworm';
  if (await hasImage(docker, image)) return image;
  await withLock(runPath('image.lock'), async () => {
    if (!(await hasImage(docker, image))) await importImage(docker, await debianTarball('debian', []), image);
  });
  return image;
}

/** Real servers and clients of which everybody knows what they do. */
const APPS = ['redis-server', 'nginx-light', 'iperf3', 'python3'];

/** Debian with `APPS`, for tests of flows. */
export async function appsImage(docker: Docker): Promise<string> {
  const image = `sonde-test/apps:${APPS.join('-')}`;
  if (await hasImage(docker, image)) return image;
  await withLock(runPath('image.lock'), async () => {
    if (!(await hasImage(docker, image))) await importImage(docker, await debianTarball('apps', APPS), image);
  });
  return image;
}

async function debianTarball(name: string, packages: readonly string[]): Promise<string> {
  const tarball = cachePath(`${[name, 'bookworm', ...packages].join('-')}.tar`);
  if (existsSync(tarball)) return tarball;
  const root = mkdtempSync(join(tmpdir(), 'sonde-debian-'));
  try {
    const include = packages.length > 0 ? [`--include=${packages.join(',')}`] : [];
    const args = ['--variant=minbase', ...include, 'bookworm', root];
    await run('debootstrap', args, { isNice: true, timeoutMs: 900_000 });
    rmSync(join(root, 'var/cache/apt'), { recursive: true, force: true });
    await run('tar', ['-C', root, '--numeric-owner', '--one-file-system', '-cf', `${tarball}.half`, '.']);
    renameSync(`${tarball}.half`, tarball);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return tarball;
}

async function importImage(docker: Docker, tarball: string, image: string): Promise<void> {
  const [repo, tag] = image.split(':');
  const stream = await docker.importImage(createReadStream(tarball), { repo, tag });
  await new Promise((resolve, reject) => stream.resume().on('end', resolve).on('error', reject));
  if (!(await hasImage(docker, image))) throw new Error(`docker import made no ${image}`);
}

async function hasImage(docker: Docker, image: string): Promise<boolean> {
  try {
    await docker.getImage(image).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

function staticBusybox(): string {
  for (const path of ['/bin/busybox', '/usr/bin/busybox']) if (existsSync(path)) return path;
  throw new Error('the tests need a static busybox: apt-get install busybox-static');
}
