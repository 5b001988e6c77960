/**
 * Bare numbers that must not be mixed up. A brand costs nothing at run time.
 */
declare const brand: unique symbol;
type Branded<B extends string> = number & { readonly [brand]: B };

/** Process (thread group) id in the host's pid namespace. */
export type Pid = Branded<'Pid'>;
/** Index of a container's cells in the kernel maps; 0 is the shared overflow slot. */
export type Slot = Branded<'Slot'>;

export const pidOf = (value: number): Pid => value as Pid;
export const slotOf = (value: number): Slot => value as Slot;

/** The slot that counts for containers for which no slot was left. */
export const OVERFLOW_SLOT: Slot = slotOf(0);
