import type { Config } from '../../config/config.ts';
import { containerd } from './containerd/containerd.ts';
import { crio } from './crio/crio.ts';
import { docker } from './docker/docker.ts';
import { garden } from './garden/garden.ts';
import { kubernetes } from './kubernetes/kubernetes.ts';
import { lxc } from './lxc/lxc.ts';
import { nspawn } from './nspawn/nspawn.ts';
import { podman } from './podman/podman.ts';
import type { PathClaim, RuntimeClient, RuntimeDeps, RuntimeSpec } from './runtime.ts';
import { systemd } from './systemd/systemd.ts';

/** To add a runtime: a folder, a line here, and its paths in the fixture test. */
export const RUNTIMES: readonly RuntimeSpec[] = [
  docker,
  podman,
  containerd,
  crio,
  kubernetes,
  lxc,
  nspawn,
  garden,
  systemd,
];

export interface RegistryClaim {
  /** Name of the spec, which is not always the runtime's (`kubernetes`). */
  readonly runtime: string;
  readonly claim: PathClaim;
}

/** The one runtime that recognises the path. */
export function claimPath(cgroupPath: string): RegistryClaim | undefined {
  for (const spec of RUNTIMES) {
    const claim = spec.claim(cgroupPath);
    if (claim !== undefined) return { runtime: spec.name, claim };
  }
  return undefined;
}

/** Clients of those with an API, by spec name. */
export function connectRuntimes(
  config: Pick<Config, 'dockerHost'>,
  deps: RuntimeDeps,
): ReadonlyMap<string, RuntimeClient> {
  const clients = new Map<string, RuntimeClient>();
  for (const spec of RUNTIMES) {
    const client = spec.connect?.(config, deps);
    if (client !== undefined) clients.set(spec.name, client);
  }
  return clients;
}
