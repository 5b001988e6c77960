import type { FlowSink } from '../model/flow.ts';
import type { Ledger } from '../self/ledger.ts';
import type { HalfState } from './halves/half-state.ts';

/** Compares what each end sent with what the other received; reported once, on the flow of the end that sent. */
export function balance(a: HalfState, b: HalfState, next: FlowSink, ledger: Ledger): void {
  a.isBalanced = true;
  // Two connections with a proxy between them need not carry the same bytes.
  if (b.isBalanced || a.flow?.peer.via !== undefined || b.flow?.peer.via !== undefined) return;
  b.isBalanced = true;
  for (const [sender, receiver] of [
    [a, b],
    [b, a],
  ] as const) {
    if (sender.flow === undefined) continue;
    const differenceBytes = sender.half.counters.transmittedBytes - receiver.half.counters.receivedBytes;
    // More received than sent: one of the two was counted wrongly, and a sum must not fall.
    if (differenceBytes < 0) ledger.count('stitch', 'dropped', 'negative-imbalance');
    next.balanced(sender.flow, Math.max(0, differenceBytes));
  }
}
