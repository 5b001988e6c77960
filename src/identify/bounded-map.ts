/** A map that forgets its oldest entry rather than grow; `onShed` counts what it forgot. */
export class BoundedMap<K, V> {
  private readonly map = new Map<K, V>();
  private readonly limit: number;
  private readonly onShed: () => void;

  constructor(limit: number, onShed: () => void) {
    this.limit = limit;
    this.onShed = onShed;
  }

  get size(): number {
    return this.map.size;
  }

  get(key: K): V | undefined {
    return this.map.get(key);
  }

  set(key: K, value: V): void {
    this.map.delete(key);
    this.map.set(key, value);
    if (this.map.size <= this.limit) return;
    for (const oldest of this.map.keys()) {
      this.map.delete(oldest);
      break;
    }
    this.onShed();
  }
}
