/** Polls until `read` gives something that `isDone`; says at the end what it saw last. */
export async function waitUntil<T>(
  what: string,
  read: () => T | Promise<T>,
  isDone: (value: T) => boolean,
  timeoutMs = 20_000,
  everyMs = 100,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last: T | undefined;
  let failure: unknown;
  for (;;) {
    try {
      last = await read();
      failure = undefined;
      if (isDone(last)) return last;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > end) break;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  const seen = failure === undefined ? JSON.stringify(last)?.slice(0, 2000) : String(failure);
  throw new Error(`waited ${timeoutMs} ms for ${what}; last seen: ${seen}`);
}
