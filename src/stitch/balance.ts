import type { FlowSink } from '../model/flow.ts';
import type { Ledger } from '../self/ledger.ts';
import type { HalfState } from './halves/half-state.ts';

/** Compares what each end sent with what the other received; reported once, on the flow of the end that sent. */
export function balance(a: HalfState, b: HalfState, next: FlowSink, ledger: Ledger): void {
  // Each has to be known to whom it is told; a second call of the same pair, or of one of another, is no news.
  if (a.known === undefined || b.known === undefined || a.isBalanced || b.isBalanced) return;
  a.isBalanced = true;
  // Two connections with a proxy between them need not carry the same bytes.
  if (a.known.via !== undefined || b.known.via !== undefined) return;
  b.isBalanced = true;
  report(a, b, next, ledger);
  report(b, a, next, ledger);
}

function report(sender: HalfState, receiver: HalfState, next: FlowSink, ledger: Ledger): void {
  const differenceBytes = sender.half.counters.transmittedBytes - receiver.half.counters.receivedBytes;
  // More received than sent: one of the two was counted wrongly, and a sum must not fall.
  if (differenceBytes < 0) ledger.count('stitch', 'dropped', 'negative-imbalance');
  next.balanced(sender, Math.max(0, differenceBytes));
}
