import type { ByteRange, ExchangeFacts, ExchangeStatus, MissedReason } from '../../../model/exchange.ts';
import { templatePath } from '../lib/path-template.ts';
import { traceparentOf } from './head.ts';
import type { HttpRequest, HttpResponse } from './parser.ts';

const METHODS: ReadonlySet<string> = new Set('GET HEAD POST PUT DELETE PATCH OPTIONS TRACE CONNECT QUERY'.split(' '));

export function httpFacts(
  request: HttpRequest,
  answer: HttpResponse | undefined,
  response: ByteRange | undefined,
  endNs: number,
  missed: MissedReason | undefined,
): ExchangeFacts {
  const isKnown = METHODS.has(request.method);
  const path = request.method === 'CONNECT' ? undefined : templatePath(request.target);
  const status = statusOf(answer?.statusCode);
  const method = isKnown ? request.method : 'HTTP';
  return {
    startNs: request.startNs,
    endNs,
    name: path === undefined ? method : `${method} ${path}`,
    status,
    errorType: status === 'failed' || status === 'refused' ? String(answer?.statusCode) : undefined,
    attributes: {
      'http.request.method': isKnown ? request.method : '_OTHER',
      ...(path === undefined ? {} : { 'url.path': path }),
      'network.protocol.name': 'http',
      'network.protocol.version': `1.${request.minor}`,
      ...(answer ? { 'http.response.status_code': answer.statusCode } : {}),
    },
    traceparent: traceparentOf(request.fields),
    request: { offsetBytes: request.offsetBytes, sizeBytes: request.endBytes - request.offsetBytes },
    response,
    missed,
  };
}

function statusOf(statusCode: number | undefined): ExchangeStatus {
  if (statusCode === undefined) return 'unknown';
  if (statusCode >= 500) return 'failed';
  return statusCode >= 400 ? 'refused' : 'ok';
}
