/** Makes src/generated/signals.ts, docs/metrics.md and docs/spans.md from otel-config/signals.yaml. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';

interface AttributeDeclaration {
  note: string;
  type?: 'int' | 'string' | 'boolean';
}
interface MetricDeclaration {
  unit: string;
  kind: string;
  int?: boolean;
  attributes: string[];
  bound: number;
  note: string;
}

interface SpanDeclaration {
  name: string;
  kinds: string[];
  attributes: string[];
  note: string;
}

const source = parse(readFileSync('otel-config/signals.yaml', 'utf8')) as {
  attributes: Record<string, AttributeDeclaration>;
  metrics: Record<string, MetricDeclaration>;
  spans: Record<string, SpanDeclaration>;
};

const constantName = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');

for (const [name, metric] of Object.entries({ ...source.metrics, ...source.spans })) {
  for (const attribute of metric.attributes) {
    if (!(attribute in source.attributes)) {
      throw new Error(`otel-config/signals.yaml: ${name} uses undeclared attribute ${attribute}`);
    }
  }
}

const lines = [
  '// Generated from otel-config/signals.yaml by `npm run generate`. Do not edit.',
  '',
  "export type MetricKind = 'counter' | 'updown' | 'gauge' | 'exponential_histogram' | 'histogram';",
  '',
  'export interface MetricSpec {',
  '  readonly name: string;',
  '  readonly unit: string;',
  '  readonly kind: MetricKind;',
  '  readonly isInteger: boolean;',
  '  readonly bound: number;',
  '  readonly description: string;',
  '}',
  '',
];
for (const name of Object.keys(source.attributes)) {
  lines.push(`export const ATTR_${constantName(name)} = '${name}';`);
}
lines.push('');
for (const [name, metric] of Object.entries(source.metrics)) {
  lines.push(
    `export const METRIC_${constantName(name)}: MetricSpec = {`,
    `  name: '${name}',`,
    `  unit: '${metric.unit}',`,
    `  kind: '${metric.kind}',`,
    `  isInteger: ${metric.int === true},`,
    `  bound: ${metric.bound},`,
    `  description: ${JSON.stringify(metric.note).replaceAll("'", "\\'").replaceAll('"', "'")},`,
    '};',
  );
}
writeFileSync('src/generated/signals.ts', `${lines.join('\n')}\n`);

const table = [
  '# Metrics',
  '',
  'Generated from `otel-config/signals.yaml` by `npm run generate`.',
  '',
  '| Metric | Unit | Kind | Attributes | Series a resource | What |',
  '|---|---|---|---|---|---|',
  ...Object.entries(source.metrics).map(
    ([name, m]) =>
      `| \`${name}\` | ${m.unit} | ${m.kind} | ${m.attributes.map((a) => `\`${a}\``).join(', ') || '–'} | ≤ ${m.bound} | ${m.note} |`,
  ),
  '',
  '## Attributes',
  '',
  '| Attribute | Values |',
  '|---|---|',
  ...Object.entries(source.attributes).map(([name, a]) => `| \`${name}\` | ${a.note} |`),
];
writeFileSync('docs/metrics.md', `${table.join('\n')}\n`);

const spans = [
  '# Spans',
  '',
  'Generated from `otel-config/signals.yaml` by `npm run generate`. The resource of a span is the container that was the',
  'end. What is sampled and kept: `SONDE_SPAN_RATIO` and `SONDE_SPANS_PER_SECOND` in `docs/settings.md`.',
  '',
  ...Object.entries(source.spans).flatMap(([name, span]) => [
    `## ${name}`,
    '',
    `${span.note}.`,
    '',
    `Name: \`${span.name}\`. Kind: ${span.kinds.join(', ')}.`,
    '',
    '| Attribute | Values |',
    '|---|---|',
    ...span.attributes.map((attribute) => `| \`${attribute}\` | ${source.attributes[attribute]?.note ?? ''} |`),
    '',
  ]),
];
writeFileSync('docs/spans.md', `${spans.join('\n').trimEnd()}\n`);
