import { METRIC_SONDE_SYSCALL_CALLS } from '../../../src/generated/signals.ts';
import type { Attributes } from '../../../src/model/attributes.ts';
import type { MetricBatch, ResourceSeries, Series } from '../../../src/model/series.ts';

/** Points a container, as many as one with many flows has. */
export const POINTS_PER_RESOURCE = 1000;
export const START_MS = 1_764_000_000_000;

/** 12 attributes, as a flow has them. */
export function attributesOf(n: number): Attributes {
  return {
    'network.io.direction': n % 2 === 0 ? 'transmit' : 'receive',
    'network.transport': 'tcp',
    'network.type': 'ipv4',
    'sonde.flow.role': n % 3 === 0 ? 'client' : 'server',
    'server.address': `service-${n % 613}.shop.example`,
    'server.port': 8000 + (n % 97),
    'sonde.peer.kind': 'container',
    'sonde.peer.container.name': `shop-service-${n % 613}-${n}`,
    'sonde.peer.image': 'registry.example/shop/service:1.42',
    'service.peer.name': `service-${n % 613}`,
    'service.peer.namespace': 'shop',
    'sonde.peer.host.name': `node-${n % 31}.example`,
  };
}

export function resourceOf(index: number): Attributes {
  return {
    'container.id': index.toString(16).padStart(64, '0'),
    'container.name': `container-${index}`,
    'container.image.name': 'registry.example/shop/service',
    'service.name': `service-${index}`,
    'host.name': 'node-1.example',
    'host.id': 'f0'.repeat(16),
  };
}

export function makeBatch(points: number): { batch: MetricBatch; grow: () => void } {
  const resources: ResourceSeries[] = [];
  const all: Series[] = [];
  for (let first = 0; first < points; first += POINTS_PER_RESOURCE) {
    const series: Series[] = [];
    for (let n = first; n < Math.min(points, first + POINTS_PER_RESOURCE); n++)
      series.push({
        metric: METRIC_SONDE_SYSCALL_CALLS,
        attributes: attributesOf(n),
        startMs: START_MS,
        value: n,
        cache: undefined,
      });
    all.push(...series);
    const index = first / POINTS_PER_RESOURCE;
    resources.push({ key: `c${index}`, resource: resourceOf(index), series, ended: [] });
  }
  return {
    batch: { timeMs: START_MS + 10_000, resources },
    grow() {
      for (const series of all) (series.value as number) += 1;
    },
  };
}
