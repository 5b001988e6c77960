import { readFileSync, readlinkSync } from 'node:fs';
import { arch, hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import type { Attributes } from '../model/attributes.ts';
import { boundedMap, boundedName } from './bounds.ts';

/** The host this agent runs on, as every resource names it. */
export interface HostIdentity {
  readonly id: string;
  readonly name: string;
  /** `host.*`, `os.type`, `cloud.*` and what the user put on every resource, without the agent's own service. */
  readonly attributes: Attributes;
}

const ARCHES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: 'x86', arm64: 'arm64', arm: 'arm32' };
const AZURE_ASSET_TAG = '7783-7084-3265-9085-8269-3286-77';

type HostConfig = Pick<Config, 'procDir' | 'hostId' | 'hostName' | 'resourceAttributes'>;

export function readHostIdentity(config: HostConfig, dmiDir = '/sys/class/dmi/id'): HostIdentity {
  const { procDir } = config;
  const id = config.hostId ?? firstOf(idFiles(procDir, dmiDir)) ?? 'unknown';
  const name = config.hostName ?? hostNameOf(procDir);
  const provider = cloudProvider(dmiDir);
  const { 'service.name': _name, 'service.instance.id': _instance, ...own } = boundedMap(config.resourceAttributes);
  return {
    id,
    name,
    attributes: {
      'host.id': id,
      'host.name': name,
      'host.arch': ARCHES[arch()] ?? arch(),
      'os.type': 'linux',
      ...(provider === undefined ? {} : { 'cloud.provider': provider }),
      ...own,
    },
  };
}

/**
 * In a container /etc is the image's; the host's is behind process 1. DMI tells cloned disks apart where
 * there is no machine id; the boot id at least is unique, though not for ever.
 */
const idFiles = (procDir: string, dmiDir: string): readonly string[] => [
  `${procDir}/1/root/etc/machine-id`,
  '/etc/machine-id',
  `${dmiDir}/product_uuid`,
  `${procDir}/sys/kernel/random/boot_id`,
];

function hostNameOf(procDir: string): string {
  const isOwnName = linkOf('/proc/self/ns/uts') === linkOf(`${procDir}/1/ns/uts`);
  const real = boundedName(hostname()) ?? 'localhost';
  return isOwnName ? real : (firstOf([`${procDir}/1/root/etc/hostname`]) ?? real);
}

/** Only what the firmware says; region and zone need the provider's network service, so the user sets them. */
function cloudProvider(dmiDir: string): string | undefined {
  const vendor = firstOf([`${dmiDir}/sys_vendor`]) ?? '';
  if (/^Amazon/.test(vendor)) return 'aws';
  if (/^Google/.test(vendor)) return 'gcp';
  if (/^Alibaba/.test(vendor)) return 'alibaba_cloud';
  return firstOf([`${dmiDir}/chassis_asset_tag`]) === AZURE_ASSET_TAG ? 'azure' : undefined;
}

function firstOf(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    try {
      const value = boundedName(readFileSync(path, 'utf8'));
      if (value !== undefined && value !== 'uninitialized') return value;
    } catch {
      // The next source may exist.
    }
  }
  return undefined;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
