import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { OtlpConfig } from '../../../config/config.ts';

export type Connection =
  | { readonly kind: 'open'; readonly socket: Socket; readonly peer: string | undefined }
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string; readonly remedy: string };

/** TCP, and TLS where the URL asks for it. A certificate that is not trusted is named with its owner and issuer. */
export async function connectEndpoint(metrics: OtlpConfig, timeoutMs: number): Promise<Connection> {
  const url = new URL(metrics.endpoint);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isTls = url.protocol === 'https:';
  const port = Number(url.port) || (isTls ? 443 : 80);
  const tcp = connectTcp({ host, port });
  try {
    await happens(tcp, 'connect', timeoutMs);
  } catch (error) {
    tcp.destroy();
    return { kind: 'unreachable', reason: connectReason(error, host, port) };
  }
  if (!isTls) return { kind: 'open', socket: tcp, peer: undefined };
  try {
    return await upgrade(tcp, metrics, host, timeoutMs);
  } catch (error) {
    tcp.destroy();
    return { kind: 'unreachable', reason: tlsReason(error) };
  }
}

async function upgrade(tcp: Socket, metrics: OtlpConfig, host: string, timeoutMs: number): Promise<Connection> {
  const socket = connectTls({
    socket: tcp,
    // The peer's certificate is only readable on a connection that stands; it is judged below.
    rejectUnauthorized: false,
    ALPNProtocols: metrics.protocol === 'grpc' ? ['h2'] : ['http/1.1'],
    ...(isIP(host) ? { host } : { host, servername: host }),
    ...fileOption('ca', metrics.certificateFile),
    ...fileOption('cert', metrics.clientCertificateFile),
    ...fileOption('key', metrics.clientKeyFile),
  });
  try {
    await happens(socket, 'secureConnect', timeoutMs);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const certificate = socket.getPeerCertificate();
  if (socket.authorized)
    return {
      kind: 'open',
      socket,
      peer: `certificate of ${nameOf(certificate.subject)} until ${certificate.valid_to}`,
    };
  const code = errorCode(socket);
  socket.destroy();
  return { kind: 'refused', ...refusal(code, certificate, host) };
}

/** Node gives the code as a string here, though it is typed as an error. */
function errorCode(socket: TLSSocket): string {
  const error: unknown = socket.authorizationError;
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.message;
  return String(error);
}

function refusal(code: string, certificate: PeerCertificate, host: string): { reason: string; remedy: string } {
  const owner = `certificate of ${nameOf(certificate.subject)}, issued by ${nameOf(certificate.issuer)}`;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return { reason: `${owner}, ended ${certificate.valid_to}`, remedy: 'Renew the certificate of the endpoint.' };
    case 'CERT_NOT_YET_VALID':
      return { reason: `${owner}, begins ${certificate.valid_from}`, remedy: "Check this host's clock." };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        reason: `${owner}, is for ${certificate.subjectaltname ?? 'no name at all'} and not for ${host}`,
        remedy: 'Use a name that is in the certificate, or give the endpoint one for this name.',
      };
    default:
      return {
        reason: `${owner}, is not trusted (${code})`,
        remedy: "Set OTEL_EXPORTER_OTLP_CERTIFICATE to a PEM file with the issuer's certificate.",
      };
  }
}

function nameOf(name: PeerCertificate['subject'] | undefined): string {
  const parts = [name?.CN, name?.O].flat().filter((part) => part !== undefined);
  return parts.length > 0 ? JSON.stringify(parts[0]) : 'nobody';
}

function fileOption(
  name: 'ca' | 'cert' | 'key',
  path: string | undefined,
): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  return path === undefined ? {} : { [name]: readFileSync(path) };
}

function happens(socket: Socket, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const settle = (action: () => void) => {
      clearTimeout(timer);
      action();
    };
    socket.once(event, () => settle(resolve));
    // Stays: an error after the connection stands must not end the process.
    socket.on('error', (error) => settle(() => reject(error)));
    socket.once('close', () => settle(() => reject(new Error('it closed the connection'))));
  });
}

function connectReason(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens on ${host} port ${port}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name ${host} does not resolve`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `there is no route to ${host}`;
    default:
      return error instanceof Error ? error.message || String(code) : String(error);
  }
}

function tlsReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return 'it does not speak TLS; with http:// no TLS is used';
  }
  if (code === 'ERR_SSL_NO_APPLICATION_PROTOCOL' || code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') {
    return 'it speaks TLS, but not this protocol; try OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf';
  }
  return `TLS failed, ${error instanceof Error ? error.message : String(error)}`;
}
