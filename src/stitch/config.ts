/** Bounds and times of the stage. */
export interface StitchConfig {
  /** Half flows held, living and just closed. */
  readonly maxHalves: number;
  readonly maxNamespaces: number;
  /** Table rows of one namespace, ended ones included. */
  readonly maxRows: number;
  /** Translations of all namespaces, ended ones included. */
  readonly maxTranslations: number;
  /** A half flow waits this long for its other end. */
  readonly waitMs: number;
  /** One that leaves the host waits only as long as a translation may be on its way. */
  readonly leaveMs: number;
  /** A closed half flow can still be found by its other end. */
  readonly closedMs: number;
  /** After the first end's close, the bytes of both are compared. */
  readonly balanceMs: number;
  /** How late a change of a table may be told. */
  readonly slackMs: number;
  /** Ended rows and namespaces are kept. */
  readonly rowMs: number;
  /** Ended translations are kept. */
  readonly translationMs: number;
  /** The host's own: what is not seen of it may be any of its processes. Undefined: not known. */
  readonly hostNetnsInode: number | undefined;
  /** 32 bytes: the fleet's key, or this host's. */
  readonly fleetKey: Uint8Array;
}

export const STITCH_DEFAULTS: Omit<StitchConfig, 'fleetKey'> = {
  maxHalves: 262_144,
  maxNamespaces: 2_048,
  maxRows: 65_536,
  maxTranslations: 65_536,
  waitMs: 5_000,
  leaveMs: 1_000,
  closedMs: 12_000,
  balanceMs: 10_000,
  slackMs: 2_000,
  rowMs: 60_000,
  translationMs: 300_000,
  hostNetnsInode: undefined,
};
