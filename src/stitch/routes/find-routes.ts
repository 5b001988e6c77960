import type { Route, Rule } from '../../model/network.ts';
import { LIFE, lifeAt, type Timed } from '../domains/timed.ts';
import { familyOf, isInPrefix, type PrefixIndex } from './prefix-index.ts';
import type { RouteTables } from './route-tables.ts';

export interface RouteQuestion {
  readonly source: Uint8Array | undefined;
  readonly destination: Uint8Array;
  /** Name of the link the packet came in by; undefined: it is sent here. */
  readonly inLink: string | undefined;
  readonly atMs: number;
  readonly slackMs: number;
}

export interface FoundRoutes {
  /** The one that held for certain, and those that may have held instead. */
  readonly routes: readonly Route[];
  /** A rule was passed over that asks for more than a tuple tells. */
  readonly isConditional: boolean;
}

/** What the kernel's look-up would have found: rules by priority, in each table the longest prefix. */
export function findRoutes(tables: RouteTables, question: RouteQuestion): FoundRoutes {
  const family = familyOf(question.destination);
  const routes: Route[] = [];
  let isConditional = false;
  for (const timed of tables.rules(family)) {
    const life = lifeAt(timed, question.atMs, question.slackMs);
    if (life === LIFE.none) continue;
    const rule = timed.row;
    if (rule.isConditional || rule.outLink !== undefined || rule.action === 'other') {
      isConditional = true;
      continue;
    }
    if (!isMatch(rule, question) || rule.action === 'nop') continue;
    if (rule.action === 'unreachable') return { routes, isConditional };
    const index = tables.table(family, rule.table);
    const isCertain = index !== undefined && addFrom(index, rule, question, routes);
    if (isCertain && life === LIFE.certain) return { routes, isConditional };
  }
  return { routes, isConditional };
}

function isMatch(rule: Rule, question: RouteQuestion): boolean {
  const isFrom = rule.from === undefined || (question.source !== undefined && isInPrefix(question.source, rule.from));
  const isTo = rule.to === undefined || isInPrefix(question.destination, rule.to);
  const isIn = rule.inLink === undefined || rule.inLink === (question.inLink ?? 'lo');
  return (isFrom && isTo && isIn) !== rule.isInverted;
}

/** True when one of them held for certain: nothing after it counts. */
function addFrom(index: PrefixIndex<Timed<Route>>, rule: Rule, question: RouteQuestion, routes: Route[]): boolean {
  for (const versions of index.find(question.destination)) {
    let best: Route | undefined;
    for (const timed of versions) {
      const life = lifeAt(timed, question.atMs, question.slackMs);
      if (life === LIFE.none || timed.row.type === 'other') continue;
      if (rule.suppressPrefixLength !== undefined && timed.row.prefixLength <= rule.suppressPrefixLength) continue;
      if (life === LIFE.maybe || timed.row.tos !== 0) routes.push(timed.row);
      else if (best === undefined || timed.row.metric < best.metric) best = timed.row;
    }
    if (best !== undefined) {
      routes.push(best);
      return true;
    }
  }
  return false;
}
