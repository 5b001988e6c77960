import {
  ATTR_DNS_QUESTION_NAME,
  ATTR_ERROR_TYPE,
  ATTR_SONDE_DNS_QUESTION_TYPE,
  METRIC_DNS_LOOKUP_DURATION,
} from '../generated/signals.ts';
import type { Container } from '../model/container.ts';
import type { DnsAnswered } from '../model/dns.ts';
import { NS_PER_S } from '../units.ts';
import { observeS } from './histogram.ts';
import type { SeriesSet } from './series-set.ts';

export interface DnsBook {
  answered(container: Container, lookup: DnsAnswered): void;
}

/** Look-ups by name, type and answer code, under the container that asked. */
export function createDnsBook(startMs: number, setOf: (container: Container) => SeriesSet | undefined): DnsBook {
  return {
    answered(container, { answer, durationNs }) {
      const set = setOf(container);
      if (!set || !answer || durationNs === undefined) return;
      const { name, type, code } = answer;
      const series = set.get(METRIC_DNS_LOOKUP_DURATION, `${name}|${type}|${code}`, startMs, () => ({
        [ATTR_DNS_QUESTION_NAME]: name,
        [ATTR_SONDE_DNS_QUESTION_TYPE]: type,
        ...(code === 'NOERROR' ? {} : { [ATTR_ERROR_TYPE]: code }),
      }));
      observeS(series, durationNs / NS_PER_S);
    },
  };
}
