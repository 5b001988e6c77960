/** Request and status lines and the few header fields that matter, out of one head (RFC 9112). */
export const HEAD_LIMIT_BYTES = 32 * 1024;

export interface HeadFields {
  contentLengthBytes: number | undefined;
  isChunked: boolean;
  isClosing: boolean;
  upgrade: string | undefined;
  traceparent: string | undefined;
  b3: B3;
}

interface B3 {
  single: string | undefined;
  traceId: string | undefined;
  spanId: string | undefined;
  sampled: string | undefined;
}

const LENGTH = /^\d{1,15}$/;

/** Undefined when the framing is not sure: bad or contradicting lengths are a known way to smuggle. */
export function readFields(head: string, fromLine: number): HeadFields | undefined {
  const fields: HeadFields = {
    contentLengthBytes: undefined,
    isChunked: false,
    isClosing: false,
    upgrade: undefined,
    traceparent: undefined,
    b3: { single: undefined, traceId: undefined, spanId: undefined, sampled: undefined },
  };
  let at = fromLine;
  while (at < head.length) {
    const found = head.indexOf('\r\n', at);
    const end = found < 0 ? head.length : found;
    // Only fields that begin with c, t, u, b or x can matter.
    const first = head.charCodeAt(at) | 0x20;
    if (first === 0x63 || first === 0x74 || first === 0x75 || first === 0x62 || first === 0x78) {
      const colon = head.indexOf(':', at);
      if (colon > at && colon < end) {
        const isGood = takeField(fields, head.slice(at, colon).toLowerCase(), head.slice(colon + 1, end).trim());
        if (!isGood) return undefined;
      }
    }
    at = end + 2;
  }
  return fields;
}

function takeField(fields: HeadFields, name: string, value: string): boolean {
  switch (name) {
    case 'content-length': {
      if (!LENGTH.test(value)) return false;
      const lengthBytes = Number(value);
      if (fields.contentLengthBytes !== undefined && fields.contentLengthBytes !== lengthBytes) return false;
      fields.contentLengthBytes = lengthBytes;
      return true;
    }
    case 'transfer-encoding':
      fields.isChunked = value.toLowerCase().endsWith('chunked');
      return true;
    case 'connection':
      fields.isClosing = value.toLowerCase() === 'close';
      return true;
    case 'upgrade':
      fields.upgrade = value.toLowerCase().slice(0, 32);
      return true;
    case 'traceparent':
      fields.traceparent = value;
      return true;
    case 'b3':
      fields.b3.single = value;
      return true;
    case 'x-b3-traceid':
      fields.b3.traceId = value;
      return true;
    case 'x-b3-spanid':
      fields.b3.spanId = value;
      return true;
    case 'x-b3-sampled':
      fields.b3.sampled = value;
      return true;
    default:
      return true;
  }
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}/;
const HEX_ID = /^(?!0+$)(?:[\da-f]{16}|[\da-f]{32})$/i;

/** One form for all: W3C's. */
export function traceparentOf({ traceparent, b3 }: HeadFields): string | undefined {
  if (traceparent !== undefined) return TRACEPARENT.exec(traceparent)?.[0];
  const [traceId, spanId, sampled] = b3.single?.split('-') ?? [b3.traceId, b3.spanId, b3.sampled];
  if (traceId === undefined || spanId === undefined || !HEX_ID.test(traceId) || !HEX_ID.test(spanId)) return undefined;
  if (spanId.length !== 16) return undefined;
  const isSampled = sampled === '1' || sampled === 'd' || sampled === 'true';
  return `00-${traceId.toLowerCase().padStart(32, '0')}-${spanId.toLowerCase()}-${isSampled ? '01' : '00'}`;
}
