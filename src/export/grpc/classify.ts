import { status } from '@grpc/grpc-js';
import type { SendOutcome } from '../exporter.ts';
import { isAboutSize, isAboutTls, refused, retry } from '../failure.ts';

/** What grpc-js itself says when it never had an answer from the server. */
const NO_CONNECTION =
  /No connection established|Connection dropped|ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|Name resolution/i;

/** The specification's retryable codes are sent again; the rest by what an operator can do about it. */
export function classifyGrpcError(error: Error): SendOutcome {
  const code = 'code' in error && typeof error.code === 'number' ? error.code : undefined;
  const detail = 'details' in error && typeof error.details === 'string' ? error.details : error.message;
  const name = code === undefined ? '' : (status[code] ?? '');
  const text = `${name} ${detail}`;
  switch (code) {
    case status.UNAVAILABLE:
      if (isAboutTls(detail)) return retry('SND_EXP_TLS', text);
      return retry(NO_CONNECTION.test(detail) ? 'SND_EXP_UNREACHABLE' : 'SND_EXP_BUSY', text);
    case status.DEADLINE_EXCEEDED:
      return retry('SND_EXP_TIMEOUT', text);
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return retry('SND_EXP_AUTH', text);
    case status.UNIMPLEMENTED:
    case status.NOT_FOUND:
      return retry('SND_EXP_ENDPOINT', text);
    case status.RESOURCE_EXHAUSTED:
      return isAboutSize(detail) ? refused('SND_EXP_TOO_LARGE', text) : retry('SND_EXP_BUSY', text);
    // A server that ends cancels its calls.
    case status.CANCELLED:
      return retry('SND_EXP_UNREACHABLE', text);
    case status.ABORTED:
    case status.OUT_OF_RANGE:
    case status.DATA_LOSS:
      return retry('SND_EXP_BUSY', text);
    case status.INVALID_ARGUMENT:
    case status.FAILED_PRECONDITION:
    case status.ALREADY_EXISTS:
      return refused('SND_EXP_REFUSED', text);
    default:
      if (error.message === 'Request timed out') return retry('SND_EXP_TIMEOUT', detail);
      return retry(isAboutTls(detail) ? 'SND_EXP_TLS' : 'SND_EXP_SERVER', text, true);
  }
}
