/**
 * Makes src/generated/layout.ts from the BTF of build/sonde.bpf.o: sizes and offsets of ring records and the
 * names behind every enum. `--check` only compares, and exits 1 when the committed file is stale.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const OBJECT = 'build/sonde.bpf.o';
const TARGET = 'src/generated/layout.ts';
/** As the formatter has it, so that the generated file is also a formatted one. */
const LINE_WIDTH = 120;

interface BtfMember {
  name: string;
  type_id: number;
  bits_offset: number;
}
interface BtfType {
  id: number;
  kind: string;
  name: string;
  size?: number;
  type_id?: number;
  nr_elems?: number;
  members?: BtfMember[];
  values?: { name: string; val: number }[];
}

const dump = execFileSync('bpftool', ['btf', 'dump', 'file', OBJECT, 'format', 'raw', '-j'], { maxBuffer: 1 << 26 });
const types = new Map((JSON.parse(dump.toString()) as { types: BtfType[] }).types.map((type) => [type.id, type]));

function find(kind: string, name: string): BtfType {
  for (const type of types.values()) if (type.kind === kind && type.name === name) return type;
  throw new Error(`${OBJECT} has no ${kind.toLowerCase()} ${name} in its BTF`);
}

function sizeOf(id: number): number {
  const type = types.get(id);
  if (!type) throw new Error(`BTF type ${id} is missing`);
  if (type.kind === 'ARRAY') return (type.nr_elems ?? 0) * sizeOf(type.type_id ?? 0);
  if (type.size !== undefined) return type.size;
  return sizeOf(type.type_id ?? 0);
}

const camel = (name: string): string => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Offsets by member; arrays also give how many bytes they can hold. */
function structLines(type: BtfType): string[] {
  const lines = [`export const ${type.name.replace(/^sd_/, '').toUpperCase()} = {`, `  sizeBytes: ${type.size},`];
  for (const member of type.members ?? []) {
    if (member.name === 'pad' || member.name === 'header') continue;
    lines.push(`  ${camel(member.name)}: ${member.bits_offset / 8},`);
    if (types.get(member.type_id)?.kind === 'ARRAY') {
      lines.push(`  ${camel(member.name)}CapacityBytes: ${sizeOf(member.type_id)},`);
    }
  }
  return [...lines, '} as const;', ''];
}

/** `SD_CLASS_FILE_READ` → `file_read`, without the enum's own count. */
function enumNames(name: string, prefix: string): { name: string; value: number }[] {
  return (find('ENUM', name).values ?? [])
    .filter((value) => value.name !== `${prefix}COUNT`)
    .map((value) => ({ name: value.name.slice(prefix.length).toLowerCase(), value: value.val }));
}

function namesLines(constant: string, comment: string, names: string[]): string[] {
  const quoted = names.map((name) => `'${name}'`);
  const line = `export const ${constant} = [${quoted.join(', ')}] as const;`;
  const body =
    line.length <= LINE_WIDTH
      ? [line]
      : [`export const ${constant} = [`, ...quoted.map((n) => `  ${n},`), '] as const;'];
  return [`/** ${comment} */`, ...body, ''];
}

function arrayLength(struct: string, name: string): number {
  const member = find('STRUCT', struct).members?.find((candidate) => candidate.name === name);
  const length = types.get(member?.type_id ?? 0)?.nr_elems;
  if (length === undefined) throw new Error(`${struct}.${name} is no array`);
  return length;
}

/** `SD_TIMED_<class>` numbers start at 1 and name the class they time. */
function timedClasses(): number[] {
  const classes = new Map(enumNames('sd_class', 'SD_CLASS_').map(({ name, value }) => [name, value]));
  return enumNames('sd_timed', 'SD_TIMED_')
    .filter(({ value }) => value > 0)
    .sort((a, b) => a.value - b.value)
    .map(({ name }) => classes.get(name) ?? -1);
}

const events = enumNames('sd_event', 'SD_EVENT_');
const lines = [
  '// Generated from the BTF of build/sonde.bpf.o by scripts/generate-layout.ts. Do not edit.',
  '',
  '/** Number of each ring record, as in bpf/events/list.h. */',
  'export const EVENT_NUMBERS = {',
  ...events.map(({ name, value }) => `  ${camel(name)}: ${value},`),
  '} as const;',
  'export type KernelEventName = keyof typeof EVENT_NUMBERS;',
  '',
  ...structLines(find('STRUCT', 'sd_ev_header')),
  ...events.flatMap(({ name }) => structLines(find('STRUCT', `sd_ev_${name}`))),
  ...structLines(find('STRUCT', 'sd_flow_ends')),
  ...structLines(find('STRUCT', 'sd_flow_counts')),
  ...structLines(find('STRUCT', 'sd_slot')),
  ...structLines(find('STRUCT', 'sd_hot')),
  ...namesLines(
    'ROLE_NAMES',
    'Index = role number of a flow.',
    enumNames('sd_role', 'SD_ROLE_').map(({ name }) => name),
  ),
  '/** Bits of `FLOW_ENDS.flags`. */',
  'export const FLOW_FLAGS = {',
  ...enumNames('sd_flow_flag', 'SD_FLOW_').map(({ name, value }) => `  ${camel(name)}: ${value},`),
  '} as const;',
  '',
  ...namesLines(
    'CLASS_NAMES',
    'Index = class number in cells.',
    enumNames('sd_class', 'SD_CLASS_').map(({ name }) => name.replace('_', '.')),
  ),
  ...namesLines(
    'AREA_NAMES',
    'Index = area number in cells; `none` where the call does not tell.',
    enumNames('sd_area', 'SD_AREA_').map(({ name }) => name),
  ),
  ...namesLines(
    'OPERATION_NAMES',
    'Index = operation number in cells.',
    enumNames('sd_operation', 'SD_OPERATION_').map(({ name }) => name),
  ),
  'export const OPERATION_COUNT = OPERATION_NAMES.length;',
  '',
  ...namesLines(
    'KERNEL_DROP_NAMES',
    'Index = reason number in the kernel side.',
    enumNames('sd_drop', 'SD_DROP_').map(({ name }) => name),
  ),
];
lines.push(
  '/** Histograms of level `latency`: index = place in the cells, value = class number. */',
  `export const TIMED_CLASSES: readonly number[] = [${timedClasses().join(', ')}];`,
  `export const DURATION_BUCKETS = ${arrayLength('sd_duration', 'buckets')};`,
  `export const ERRNO_COUNT = ${arrayLength('sd_slot', 'errnos')};`,
  '',
);
const text = `${lines.join('\n').trimEnd()}\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(TARGET, 'utf8') !== text) {
    process.stderr.write(`${TARGET} is stale: run node scripts/generate-layout.ts\n`);
    process.exit(1);
  }
} else {
  writeFileSync(TARGET, text);
}
