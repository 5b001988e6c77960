/** Requests that wait for their answers, in order. Bounded: `add` refuses what a peer would never let pile up. */
const LIMIT = 4096;

export class Pending<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get count(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  add(item: T): boolean {
    if (this.count >= LIMIT) return false;
    this.#items.push(item);
    return true;
  }

  take(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length || this.#head > LIMIT) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  takeAll(): T[] {
    const all = this.#items.slice(this.#head) as T[];
    this.#items = [];
    this.#head = 0;
    return all;
  }
}
