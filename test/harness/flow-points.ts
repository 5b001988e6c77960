import type { Collector } from './collector.ts';
import type { TestContainer } from './docker.ts';
import type { Point } from './otlp-json.ts';

export type Labels = Readonly<Record<string, string | number>>;

/** What a real Collector received about flows: the newest value of each series. */
export interface FlowPoints {
  series(metric: string, container: TestContainer, labels?: Labels): Point[];
  sum(metric: string, container: TestContainer, labels?: Labels): number;
  io(container: TestContainer, labels?: Labels): { readonly tx: number; readonly rx: number };
  connections(container: TestContainer, event: 'opened' | 'closed' | 'failed', labels?: Labels): number;
  /** Values of one attribute over the series that moved bytes, each once. */
  values(container: TestContainer, attribute: string, labels?: Labels): unknown[];
}

export const client = (port: number, more: Labels = {}): Labels => ({
  'sonde.flow.role': 'client',
  'server.port': port,
  ...more,
});
export const server = (port: number, more: Labels = {}): Labels => ({
  'sonde.flow.role': 'server',
  'server.port': port,
  ...more,
});

export function flowPoints(collector: Collector): FlowPoints {
  const series: FlowPoints['series'] = (metric, container, labels = {}) =>
    collector
      .latest(metric, { 'container.id': container.id })
      .filter(({ attributes }) => Object.entries(labels).every(([name, value]) => attributes[name] === value));
  const sum: FlowPoints['sum'] = (metric, container, labels) =>
    series(metric, container, labels).reduce((total, { value }) => total + value, 0);
  return {
    series,
    sum,
    io: (container, labels = {}) => ({
      tx: sum('sonde.flow.io', container, { ...labels, 'network.io.direction': 'transmit' }),
      rx: sum('sonde.flow.io', container, { ...labels, 'network.io.direction': 'receive' }),
    }),
    connections: (container, event, labels = {}) =>
      sum('sonde.flow.connections', container, { ...labels, 'sonde.flow.event': event }),
    values: (container, attribute, labels) => [
      ...new Set(series('sonde.flow.io', container, labels).map(({ attributes }) => attributes[attribute])),
    ],
  };
}
