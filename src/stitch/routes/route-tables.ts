import { parseIp } from '../../model/ip.ts';
import type { IpFamily, Route, Rule } from '../../model/network.ts';
import { RowStore } from '../domains/row-store.ts';
import type { Timed } from '../domains/timed.ts';
import { PrefixIndex } from './prefix-index.ts';

/** Routing tables and rules of one namespace, indexed for look-up when they are first asked after a change. */
export class RouteTables {
  readonly #routes = new RowStore<Route>(
    (r) => `${r.family} ${r.table} ${r.destination}/${r.prefixLength} ${r.metric} ${r.tos} ${r.type === 'local'}`,
  );
  readonly #rules = new RowStore<Rule>((rule) => JSON.stringify(rule));
  #tables: Map<string, PrefixIndex<Timed<Route>>> | undefined;
  #order: Map<IpFamily, readonly Timed<Rule>[]> | undefined;

  get size(): number {
    return this.#routes.size + this.#rules.size;
  }

  replace(routes: readonly Route[], rules: readonly Rule[], sinceMs: number, nowMs: number): void {
    this.#routes.replace(routes, sinceMs, nowMs);
    this.#rules.replace(rules, sinceMs, nowMs);
    this.#forgetIndex();
  }

  applyRoute(route: Route, isRemoved: boolean, nowMs: number): boolean {
    const isChanged = isRemoved ? this.#routes.remove(route, nowMs) : this.#routes.put(route, nowMs, nowMs);
    if (isChanged) this.#forgetIndex();
    return isChanged;
  }

  applyRule(rule: Rule, isRemoved: boolean, nowMs: number): boolean {
    const isChanged = isRemoved ? this.#rules.remove(rule, nowMs) : this.#rules.put(rule, nowMs, nowMs);
    if (isChanged) this.#forgetIndex();
    return isChanged;
  }

  prune(beforeMs: number): void {
    const isChanged = this.#routes.prune(beforeMs);
    if (this.#rules.prune(beforeMs) || isChanged) this.#forgetIndex();
  }

  /** Rules in the order the kernel tries them. */
  rules(family: IpFamily): readonly Timed<Rule>[] {
    if (this.#order === undefined) {
      const all = [...this.#rules.all()].sort((a, b) => a.row.priority - b.row.priority);
      this.#order = new Map([4, 6].map((f) => [f as IpFamily, all.filter((timed) => timed.row.family === f)]));
    }
    return this.#order.get(family) ?? [];
  }

  table(family: IpFamily, table: number): PrefixIndex<Timed<Route>> | undefined {
    this.#tables ??= this.#index();
    return this.#tables.get(`${family} ${table}`);
  }

  #index(): Map<string, PrefixIndex<Timed<Route>>> {
    const tables = new Map<string, PrefixIndex<Timed<Route>>>();
    for (const timed of this.#routes.all()) {
      const { family, table, destination, prefixLength } = timed.row;
      const address = parseIp(destination);
      if (address === undefined || address.length !== (family === 4 ? 4 : 16)) continue;
      const key = `${family} ${table}`;
      let index = tables.get(key);
      if (index === undefined) {
        index = new PrefixIndex();
        tables.set(key, index);
      }
      index.add(address, prefixLength, timed);
    }
    return tables;
  }

  #forgetIndex(): void {
    this.#tables = undefined;
    this.#order = undefined;
  }
}
