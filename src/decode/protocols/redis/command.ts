/** A command's name without its keys and values. */
export interface RedisCommand {
  readonly name: string;
  readonly argumentCount: number;
}

const NAME = /^[A-Z][A-Z_.-]{0,31}\d?$/;
/** Commands whose second word is part of the name. */
const CONTAINERS: ReadonlySet<string> = new Set(
  'ACL CLIENT CLUSTER COMMAND CONFIG DEBUG FUNCTION LATENCY MEMORY MODULE OBJECT PUBSUB SCRIPT SLOWLOG XGROUP XINFO'.split(
    ' ',
  ),
);
const TEXT_ARGUMENT_LIMIT = 16;

export function commandOf(words: readonly string[], count: number): RedisCommand {
  const first = words[0]?.toUpperCase() ?? '';
  if (!NAME.test(first)) return { name: '_OTHER', argumentCount: Math.max(0, count - 1) };
  const second = CONTAINERS.has(first) ? words[1]?.toUpperCase() : undefined;
  if (second === undefined || !NAME.test(second)) return { name: first, argumentCount: Math.max(0, count - 1) };
  return { name: `${first} ${second}`, argumentCount: Math.max(0, count - 2) };
}

/** `MSET ? ? ? ?`: the shape alone. */
export function queryText({ name, argumentCount }: RedisCommand): string {
  const shown = Math.min(argumentCount, TEXT_ARGUMENT_LIMIT);
  return `${name}${' ?'.repeat(shown)}${argumentCount > shown ? ' …' : ''}`;
}
