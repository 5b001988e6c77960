import assert from 'node:assert/strict';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { endpointCheck } from '../../../../src/cli/doctor/checks/endpoint.ts';
import type { OtlpConfig } from '../../../../src/config/config.ts';
import { tempDir } from '../../self/temp-dir.ts';
import { makeCertificate } from './certificates.ts';

function metricsOf(change: Partial<OtlpConfig>): OtlpConfig {
  return {
    protocol: 'grpc',
    endpoint: '',
    headers: { authorization: 'Bearer not-to-be-sent' },
    isInsecure: true,
    certificateFile: undefined,
    clientCertificateFile: undefined,
    clientKeyFile: undefined,
    compression: 'none',
    timeoutMs: 500,
    intervalMs: 10_000,
    temporality: 'cumulative',
    ...change,
  };
}

async function portOf(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('without an endpoint nothing is wrong', async () => {
  assert.equal((await endpointCheck(undefined)).status, 'ok');
});

test('a port nobody listens on, a name nobody knows', async (t) => {
  const server = createTcp();
  const port = await portOf(t, server);
  await new Promise((resolve) => server.close(resolve));
  const refused = await endpointCheck(metricsOf({ endpoint: `http://127.0.0.1:${port}` }));
  assert.equal(refused.code, 'SND_EXP_UNREACHABLE');
  assert.match(refused.detail, new RegExp(`nothing listens on 127.0.0.1 port ${port}`));
  const unknown = await endpointCheck(metricsOf({ endpoint: 'http://no-such-host.invalid:4317', timeoutMs: 4000 }));
  assert.match(unknown.detail, /the name no-such-host.invalid does not resolve/);
});

test('plain grpc and http servers are reached and told apart', async (t) => {
  const grpcPort = await portOf(t, createHttp2());
  const httpPort = await portOf(
    t,
    createHttp((request, response) => {
      assert.equal(request.headers.authorization, undefined, 'a check must not send credentials');
      response.writeHead(request.url === '/v1/metrics' ? 405 : 404).end();
    }),
  );
  const check = (protocol: OtlpConfig['protocol'], port: number, path = '/v1/metrics') =>
    endpointCheck(metricsOf({ protocol, endpoint: `http://127.0.0.1:${port}${protocol === 'grpc' ? '' : path}` }));
  assert.equal((await check('grpc', grpcPort)).status, 'ok');
  assert.equal((await check('http/protobuf', httpPort)).status, 'ok');
  assert.match((await check('grpc', httpPort)).detail, /it speaks HTTP\/1, not grpc/);
  assert.equal((await check('http/protobuf', grpcPort)).code, 'SND_AGT_ENDPOINT_PROTOCOL');
  assert.match((await check('http/protobuf', httpPort, '/wrong')).detail, /it has no path \/wrong \(404\)/);
});

test('a server that accepts and says nothing does not hold doctor up', async (t) => {
  const port = await portOf(
    t,
    createTcp((socket) => t.after(() => socket.destroy())),
  );
  const before = performance.now();
  const plain = await endpointCheck(metricsOf({ endpoint: `http://127.0.0.1:${port}` }));
  const tls = await endpointCheck(metricsOf({ endpoint: `https://127.0.0.1:${port}` }));
  assert.match(plain.detail, /no answer within 500 ms/);
  assert.equal(tls.code, 'SND_EXP_UNREACHABLE');
  assert.ok(performance.now() - before < 3000);
});

test('certificates: trusted, of an unknown issuer, ended, for another name', async (t) => {
  const directory = tempDir(t);
  const authority = makeCertificate(directory, 'ca', { commonName: 'Test Authority' });
  const check = async (
    name: string,
    options: Parameters<typeof makeCertificate>[2],
    change: Partial<OtlpConfig> = {},
  ) => {
    const port = await portOf(t, createSecureServer(makeCertificate(directory, name, options)));
    const endpoint = `https://localhost:${port}`;
    return endpointCheck(metricsOf({ endpoint, timeoutMs: 3000, certificateFile: authority.certFile, ...change }));
  };
  const good = await check('good', { commonName: 'collector', issuer: authority });
  assert.equal(good.status, 'ok', good.detail);
  assert.match(good.detail, /certificate of "collector" until/);

  const unknown = await check('other', { commonName: 'collector', issuer: authority }, { certificateFile: undefined });
  assert.equal(unknown.code, 'SND_AGT_ENDPOINT_CERTIFICATE');
  assert.match(unknown.detail, /certificate of "collector", issued by "Test Authority", is not trusted/);
  assert.match(unknown.remedy ?? '', /OTEL_EXPORTER_OTLP_CERTIFICATE/);

  const ended = await check('old', { commonName: 'collector', issuer: authority, days: -1 });
  assert.match(ended.detail, /"collector".*, ended /);

  const misnamed = await check('wrong', { commonName: 'collector', issuer: authority, names: 'DNS:otel.example' });
  assert.match(misnamed.detail, /is for DNS:otel.example and not for localhost/);
});

test('TLS where there is none, none where there is TLS, a client certificate that is missing', async (t) => {
  const directory = tempDir(t);
  const own = makeCertificate(directory, 'own', { commonName: 'collector' });
  const plainPort = await portOf(
    t,
    createHttp((_, response) => response.end()),
  );
  const noTls = await endpointCheck(metricsOf({ endpoint: `https://127.0.0.1:${plainPort}` }));
  assert.match(noTls.detail, /it does not speak TLS/);

  const tlsPort = await portOf(
    t,
    createHttps(own, (_, response) => response.end()),
  );
  const noHttp = await endpointCheck(metricsOf({ endpoint: `http://127.0.0.1:${tlsPort}` }));
  assert.equal(noHttp.code, 'SND_AGT_ENDPOINT_PROTOCOL');

  const strict = createSecureServer({ ...own, ca: own.cert, requestCert: true, rejectUnauthorized: true });
  strict.on('tlsClientError', () => {});
  const endpoint = `https://127.0.0.1:${await portOf(t, strict)}`;
  const without = await endpointCheck(metricsOf({ endpoint, certificateFile: own.certFile, timeoutMs: 3000 }));
  assert.equal(without.status, 'fail');
  assert.match(without.detail, /certificate required/i);
  const files = { clientCertificateFile: own.certFile, clientKeyFile: own.keyFile, certificateFile: own.certFile };
  assert.equal((await endpointCheck(metricsOf({ endpoint, ...files, timeoutMs: 3000 }))).status, 'ok');
});
