/** Time is a parameter everywhere, so that a test can run a day in milliseconds. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  wallMs(): number;
  /** Monotonic, milliseconds; for periods. */
  monotonicMs(): number;
  /** Wall clock of a kernel CLOCK_BOOTTIME reading. The only place that converts. */
  bootToWallMs(bootNs: number): number;
}
