import { OTLPExporterError } from '@opentelemetry/otlp-exporter-base';
import type { SendOutcome } from '../exporter.ts';
import { isAboutTls, refused, retry } from '../failure.ts';

/** The library has sent 429, 502, 503 and 504 again by itself, within the timeout, and then gives no status. */
export function classifyHttpError(error: Error): SendOutcome {
  if (error instanceof OTLPExporterError)
    return error.code === undefined
      ? retry('SND_EXP_BUSY', 'status 429, 502, 503 or 504')
      : classifyStatus(error.code, `status ${error.code} ${error.message} ${error.data ?? ''}`);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const text = `${code} ${error.message}`;
  if (isAboutTls(text)) return retry('SND_EXP_TLS', text);
  if (error.message === 'Request timed out') return retry('SND_EXP_TIMEOUT', error.message);
  return retry('SND_EXP_UNREACHABLE', text);
}

function classifyStatus(status: number, text: string): SendOutcome {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return retry('SND_EXP_AUTH', text);
    case 404:
    case 405:
    case 415:
      return retry('SND_EXP_ENDPOINT', text);
    case 408:
    case 425:
      return retry('SND_EXP_BUSY', text);
    case 413:
      return refused('SND_EXP_TOO_LARGE', text);
    default:
      return status >= 400 && status < 500
        ? refused('SND_EXP_REFUSED', text)
        : retry(status >= 500 ? 'SND_EXP_SERVER' : 'SND_EXP_ENDPOINT', text, status >= 500);
  }
}
