import type { Ledger, StageName } from './ledger.ts';

interface Tally {
  kept: number;
  lost: number;
}

/**
 * Share of the records seen since the last call that went all the way. A record passes one stage after
 * the other, so the stages' shares are multiplied. A stage that books losses only is measured against what
 * the others kept.
 */
export function createCompleteness(ledger: Ledger): () => number {
  let before = new Map<StageName, Tally>();
  return () => {
    const now = tallies(ledger);
    const since = [...now].map(([stage, { kept, lost }]) => {
      const last = before.get(stage);
      return { stage, kept: kept - (last?.kept ?? 0), lost: lost - (last?.lost ?? 0) };
    });
    before = now;
    // Export books points, not records.
    const mostKept = Math.max(0, ...since.filter(({ stage }) => stage !== 'export').map(({ kept }) => kept));
    return since.reduce((ratio, { kept, lost }) => {
      const passed = kept > 0 ? kept : mostKept;
      return lost > 0 ? (ratio * passed) / (passed + lost) : ratio;
    }, 1);
  };
}

function tallies(ledger: Ledger): Map<StageName, Tally> {
  const byStage = new Map<StageName, Tally>();
  for (const { stage, outcome, count } of ledger.rows()) {
    const tally = byStage.get(stage) ?? { kept: 0, lost: 0 };
    if (outcome === 'kept') tally.kept += count;
    else tally.lost += count;
    byStage.set(stage, tally);
  }
  return byStage;
}
