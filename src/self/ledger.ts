/**
 * What each stage kept, dropped and shed. A stage calls `count` synchronously; the exporter of self
 * metrics, `doctor` and frames read it. Keys are bounded by the code that calls it, not by input.
 */
export type Outcome = 'kept' | 'dropped' | 'shed';
export type StageName =
  | 'probe'
  | 'decode'
  | 'identify'
  | 'stitch'
  | 'aggregate'
  | 'export'
  | 'history'
  | 'map'
  | 'self';

export interface LedgerRow {
  readonly stage: StageName;
  readonly outcome: Outcome;
  readonly reason: string;
  count: number;
}

export interface Ledger {
  /** `reason` is a constant of the calling code, '' for kept. */
  count(stage: StageName, outcome: Outcome, reason: string, by?: number): void;
  rows(): readonly LedgerRow[];
}

export function createLedger(): Ledger {
  const rows = new Map<string, LedgerRow>();
  return {
    count(stage, outcome, reason, by = 1) {
      const key = `${stage}|${outcome}|${reason}`;
      const row = rows.get(key);
      if (row) row.count += by;
      else rows.set(key, { stage, outcome, reason, count: by });
    },
    rows: () => [...rows.values()],
  };
}
