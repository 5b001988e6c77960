import type { OtlpConfig } from '../../../config/config.ts';
import { type Check, finding, ok } from '../check.ts';
import { connectEndpoint } from './endpoint-connect.ts';
import { speaks } from './endpoint-protocol.ts';

const TIMEOUT_LIMIT_MS = 5000;

/** Reaches for the endpoint as the exporter would, up to its first words; sends no data and no headers. */
export async function endpointCheck(metrics: OtlpConfig | undefined): Promise<Check> {
  const id = 'export.endpoint';
  const title = 'OTLP endpoint';
  if (!metrics) return ok(id, title, 'none: nothing is exported. Set OTEL_EXPORTER_OTLP_ENDPOINT to export');
  const { endpoint, protocol } = metrics;
  const timeoutMs = Math.min(metrics.timeoutMs, TIMEOUT_LIMIT_MS);
  const connection = await connectEndpoint(metrics, timeoutMs);
  if (connection.kind === 'unreachable') {
    return finding('fail', 'SND_EXP_UNREACHABLE', id, title, `${endpoint}: ${connection.reason}`);
  }
  if (connection.kind === 'refused') {
    const { reason, remedy } = connection;
    return finding('fail', 'SND_AGT_ENDPOINT_CERTIFICATE', id, title, `${endpoint}: ${reason}`, remedy);
  }
  try {
    const trouble = await speaks(connection.socket, metrics, timeoutMs);
    if (trouble) return finding('fail', trouble.code, id, title, `${endpoint}: ${trouble.reason}`);
  } finally {
    connection.socket.destroy();
  }
  return ok(id, title, `${endpoint}: reached, speaks ${protocol}${connection.peer ? `, ${connection.peer}` : ''}`);
}
