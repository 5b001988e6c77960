import type { ProtocolSpec } from '../stream/protocol-spec.ts';
import { DNS } from './dns/index.ts';
import { HTTP1 } from './http1/index.ts';
import { MYSQL } from './mysql/index.ts';
import { POSTGRESQL } from './postgresql/index.ts';
import { REDIS } from './redis/index.ts';

/** Every protocol; the order is the order of detection. */
export const PROTOCOLS: readonly ProtocolSpec[] = [HTTP1, REDIS, POSTGRESQL, MYSQL, DNS];
