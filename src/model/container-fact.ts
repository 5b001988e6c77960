import type { Container } from './container.ts';
import type { KernelFact } from './facts.ts';

/** What `identify` hands on: facts with their container instead of a slot number. */
export interface ContainerSink {
  /** A container appeared; its identity may come later. */
  opened(container: Container): void;
  push(container: Container, fact: KernelFact): void;
  /**
   * The container is gone, or was filtered out (`isFilteredOut`: drop what was counted). The receiver
   * reads its last cells, then calls `release`, which makes the slot available again.
   */
  closed(container: Container, isFilteredOut: boolean, release: () => void): void;
}
