import { type Problem, showPath, unknownName } from './problem.ts';
import type { SettingName } from './settings.ts';
import { pairs, type Raw } from './value-type.ts';

/** A value out of the file, with the path it stood at. */
export interface FileValue {
  readonly raw: Raw;
  readonly path: string;
}

export type Node = Readonly<Record<string, unknown>>;

/** Collects what stands in the file; whatever has the wrong shape becomes a problem and is left out. */
export interface FileTree {
  readonly values: Map<SettingName, FileValue>;
  readonly problems: Problem[];
  readonly ignored: string[];
  refuse(path: string, detail: string): void;
  /** A mapping, its keys compared with those known; undefined when absent, null or refused. */
  mapping(value: unknown, path: string, known?: readonly string[]): Node | undefined;
  put(name: SettingName, value: unknown, path: string): void;
  /** `[{name, value}]` at `path` and `name=value,…` at `path_list`; the first form wins. */
  putPairs(name: SettingName, listed: unknown, joined: unknown, path: string): void;
  /** Notes those keys that stand in the file and have no effect. */
  ignore(node: Node | undefined, keys: readonly string[], path: string): void;
}

export function createFileTree(): FileTree {
  const tree: FileTree = {
    values: new Map(),
    problems: [],
    ignored: [],
    refuse(path, detail) {
      tree.problems.push({ code: 'SND_CFG_VALUE', path: showPath(path), detail });
    },
    mapping(value, path, known) {
      if (value === undefined || value === null) return undefined;
      if (typeof value !== 'object' || Array.isArray(value)) {
        tree.refuse(path || 'the file', 'is not a mapping');
        return undefined;
      }
      const node = value as Node;
      for (const key of known ? Object.keys(node) : []) {
        if (!known?.includes(key)) tree.problems.push(unknownName(join(path, key), key, known ?? []));
      }
      return node;
    },
    put(name, value, path) {
      if (value === undefined || value === null) return;
      const raw = rawOf(value);
      if (raw === undefined) tree.refuse(path, 'is a structure; allowed: a plain value');
      else tree.values.set(name, { raw, path });
    },
    putPairs(name, listed, joined, path) {
      const named = { ...joinedPairs(tree, joined, `${path}_list`), ...listedPairs(tree, listed, path) };
      if (Object.keys(named).length > 0) tree.values.set(name, { raw: named, path });
    },
    ignore(node, keys, path) {
      for (const key of keys) if (node?.[key] !== undefined) tree.ignored.push(showPath(join(path, key)));
    },
  };
  return tree;
}

function joinedPairs(tree: FileTree, joined: unknown, path: string): Readonly<Record<string, string>> {
  if (joined === undefined || joined === null) return {};
  const parsed = typeof joined === 'string' ? pairs.parse(joined) : undefined;
  if (!parsed) tree.refuse(path, `has a bad value; allowed: ${pairs.allowed}`);
  return parsed ?? {};
}

function listedPairs(tree: FileTree, listed: unknown, path: string): Readonly<Record<string, string>> {
  if (listed === undefined || listed === null) return {};
  if (!Array.isArray(listed)) {
    tree.refuse(path, 'is not a list');
    return {};
  }
  const named: [string, string][] = [];
  for (const [i, item] of listed.entries()) {
    const at = `${path}[${i}]`;
    const pair = tree.mapping(item, at, ['name', 'value', 'type']);
    if (!pair) {
      if (item === null) tree.refuse(at, 'is empty');
    } else if (typeof pair['name'] !== 'string' || pair['name'] === '') {
      tree.refuse(`${at}.name`, 'is missing or no text');
    } else if (pair['value'] !== null) {
      const value = rawOf(pair['value']);
      if (typeof value === 'string') named.push([pair['name'], value]);
      else tree.refuse(`${at}.value`, 'is missing or no plain value');
    }
  }
  return Object.fromEntries(named);
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** Plain values as text, lists of plain values as lists of text; undefined for any other structure. */
function rawOf(value: unknown): Raw | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return undefined;
  const items = value.map((item) => (Array.isArray(item) ? undefined : rawOf(item)));
  return items.every((item) => typeof item === 'string') ? items : undefined;
}
