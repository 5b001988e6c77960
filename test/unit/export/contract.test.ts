import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { createExport } from '../../../src/export/export.ts';
import { EXPORTERS } from '../../../src/export/registry.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { makeCertificates } from '../../harness/otlp/certificates.ts';
import { type Fault, startSink } from '../../harness/otlp-sink.ts';
import { freePort } from '../../harness/ports.ts';
import { openCountingProxy } from './counting-proxy.ts';
import { config, countOf, keptLog, largeBatch, tempDir, testClock } from './fixtures.ts';
import { openSink, openStage, range, valuesOf } from './stage.ts';

/** What every exporter in the registry has to do, against a real server of its protocol. */
for (const { protocol } of EXPORTERS) {
  const isGrpc = protocol === 'grpc';
  const endpointAt = (port: number) => `http://localhost:${port}${isGrpc ? '' : '/v1/metrics'}`;
  const faultOf = (code: status, httpStatus: number, times?: number): Fault =>
    isGrpc
      ? { kind: 'grpc', code, details: 'as told', ...(times ? { times } : {}) }
      : { kind: 'http', status: httpStatus, ...(times ? { times } : {}) };

  describe(`exporter ${protocol}`, () => {
    it('delivers in order, with its headers, and writes nothing to disk', async (t) => {
      const dataDir = tempDir(t);
      const sink = await openSink(t, { protocol });
      const { stage, pushValue, until, ledger, log } = openStage(t, sink.endpoint, dataDir, {
        headers: { 'x-tenant': 'a b' },
      });
      assert.equal(stage.state().state, 'starting');
      for (const value of range(1, 20)) pushValue(value);
      await until('20 requests', () => sink.requests === 20);
      assert.deepEqual(valuesOf(sink), range(1, 20));
      assert.equal(sink.received[0]?.headers['x-tenant'], 'a b');
      assert.match(sink.received[0]?.headers['user-agent'] ?? '', /^sonde\/\d/);
      await until('20 kept', () => countOf(ledger, 'kept') === 20);
      assert.equal(stage.state().state, 'ok');
      assert.deepEqual(readdirSync(join(dataDir, 'queue')), []);
      assert.deepEqual(log.lines, []);
    });

    it('compresses when asked to', async (t) => {
      const sink = await openSink(t, { protocol });
      const wire = await openCountingProxy(t, sink.port);
      const { stage, until } = openStage(t, endpointAt(wire.port), tempDir(t), { compression: 'gzip' });
      stage.push(largeBatch(1000));
      await until('the request', () => sink.requests === 1);
      assert.equal(sink.points().length, 1000);
      assert.ok(wire.sentBytes() < sink.sizeBytes / 4, `${wire.sentBytes()} of ${sink.sizeBytes} bytes`);
    });

    it('splits a flush of 30,000 points under 4 MiB and loses none', async (t) => {
      const sink = await openSink(t, { protocol, maxRequestBytes: 4 * 1024 * 1024 });
      const { stage, until } = openStage(t, sink.endpoint, tempDir(t), { timeoutMs: 5000 });
      stage.push(largeBatch(30_000));
      await until('30,000 points', () => sink.points().length === 30_000, 20_000);
      assert.equal(new Set(sink.points().map((point) => point.asInt)).size, 30_000);
      assert.ok(sink.requests <= Math.ceil(sink.sizeBytes / 4_000_000) + 1, `${sink.requests} requests`);
    });

    it('keeps everything while the endpoint is down from the start, and sends it in order when it comes', async (t) => {
      const port = await freePort();
      const { stage, pushValue, until, passUntil, ledger, log, clock } = openStage(t, endpointAt(port), tempDir(t));
      for (const value of range(1, 5)) pushValue(value);
      await until('five on disk', () => stage.state().queuedRequests === 5);
      assert.equal(stage.state().state, 'failing');
      assert.equal(stage.state().lastErrorCode, 'SND_EXP_UNREACHABLE');
      clock.advance(30_000);
      const sink = await openSink(t, { protocol, port });
      for (const value of range(6, 8)) pushValue(value);
      await passUntil('eight requests', () => sink.requests === 8);
      assert.deepEqual(valuesOf(sink), range(1, 8));
      await until('an empty queue', () => stage.state().queuedRequests === 0);
      assert.equal(stage.state().queueBytes, 0);
      assert.equal(stage.state().state, 'ok');
      assert.equal(countOf(ledger, 'kept'), 8);
      assert.equal(log.lines.length, 2, log.lines.join('\n'));
      assert.match(log.lines[0] ?? '', /^error export SND_EXP_UNREACHABLE /);
      assert.match(
        log.lines[1] ?? '',
        /^info export endpoint takes data again after \d+ s: 8 requests waited .* 0 were lost$/,
      );
    });

    it('survives an outage between two deliveries, and says it once however long it lasts', async (t) => {
      const sink = await startSink({ protocol });
      const { stage, pushValue, until, passUntil, log, ledger } = openStage(t, sink.endpoint, tempDir(t));
      pushValue(1);
      await until('the first', () => countOf(ledger, 'kept') === 1);
      await sink.close();
      for (const value of range(2, 30)) pushValue(value);
      await until('29 on disk', () => stage.state().queuedRequests === 29);
      let ticks = 0;
      await passUntil('many attempts', () => ++ticks > 60);
      assert.equal(log.lines.length, 1, log.lines.join('\n'));
      const back = await openSink(t, { protocol, port: sink.port });
      await passUntil('the rest', () => back.requests === 29);
      assert.deepEqual(valuesOf(back), range(2, 30));
    });

    it('takes up what an earlier run left on disk, older first', async (t) => {
      const dataDir = tempDir(t);
      const port = await freePort();
      const first = openStage(t, endpointAt(port), dataDir);
      for (const value of range(1, 3)) first.pushValue(value);
      await first.stage.close();
      assert.equal(readdirSync(join(dataDir, 'queue')).length, 3);
      const sink = await openSink(t, { protocol, port });
      const second = openStage(t, endpointAt(port), dataDir);
      second.pushValue(4);
      await second.until('four requests', () => sink.requests === 4);
      assert.deepEqual(valuesOf(sink), range(1, 4));
      await second.until('an empty queue', () => readdirSync(join(dataDir, 'queue')).length === 0);
    });

    it('sends what is pending at its end', async (t) => {
      const sink = await openSink(t, { protocol });
      const { stage, pushValue, ledger } = openStage(t, sink.endpoint, tempDir(t));
      for (const value of range(1, 5)) pushValue(value);
      await stage.close();
      assert.deepEqual(valuesOf(sink), range(1, 5));
      pushValue(6);
      assert.equal(countOf(ledger, 'dropped', 'closed'), 1);
    });

    it('keeps on disk what cannot be sent in time at its end', async (t) => {
      const dataDir = tempDir(t);
      const sink = await openSink(t, { protocol });
      sink.fault({ kind: 'slow', delayMs: 30_000 });
      const { stage, pushValue } = openStage(t, sink.endpoint, dataDir, { timeoutMs: 30_000 });
      for (const value of range(1, 3)) pushValue(value);
      const startMs = performance.now();
      await stage.close();
      assert.ok(performance.now() - startMs < 7000);
      assert.equal(readdirSync(join(dataDir, 'queue')).length, 3);
    });

    it('tries again after a timeout', async (t) => {
      const sink = await openSink(t, { protocol });
      sink.fault({ kind: 'slow', delayMs: 5000, times: 1 });
      const { stage, pushValue, until, passUntil } = openStage(t, sink.endpoint, tempDir(t), { timeoutMs: 300 });
      pushValue(1);
      await until('the timeout', () => stage.state().lastErrorCode === 'SND_EXP_TIMEOUT');
      await passUntil('the second attempt', () => sink.requests === 2);
    });

    it('never lets a slow endpoint hold up push', async (t) => {
      const sink = await openSink(t, { protocol });
      sink.fault({ kind: 'slow', delayMs: 400 });
      const { pushValue, until, ledger } = openStage(t, sink.endpoint, tempDir(t), { timeoutMs: 5000 });
      const startMs = performance.now();
      for (const value of range(1, 5)) pushValue(value);
      assert.ok(performance.now() - startMs < 100);
      assert.equal(sink.attempts, 0);
      await until('five', () => countOf(ledger, 'kept') === 5);
      assert.deepEqual(valuesOf(sink), range(1, 5));
    });

    it('drops a refused request, counts it and goes on', async (t) => {
      const sink = await openSink(t, { protocol });
      sink.fault(faultOf(status.INVALID_ARGUMENT, 400, 1));
      const { stage, pushValue, until, ledger, log } = openStage(t, sink.endpoint, tempDir(t));
      pushValue(1);
      await until('the refusal', () => countOf(ledger, 'dropped', 'refused') === 1);
      pushValue(2);
      await until('the next', () => sink.requests === 1);
      assert.deepEqual(valuesOf(sink), [2]);
      assert.equal(stage.state().queuedRequests, 0);
      assert.match(log.lines[0] ?? '', /SND_EXP_REFUSED/);
    });

    it('keeps the data when the credentials are refused', async (t) => {
      const sink = await openSink(t, { protocol });
      sink.fault(faultOf(status.UNAUTHENTICATED, 401));
      const { stage, pushValue, until, passUntil } = openStage(t, sink.endpoint, tempDir(t));
      pushValue(1);
      await until('the request on disk', () => stage.state().queuedRequests === 1);
      assert.equal(stage.state().lastErrorCode, 'SND_EXP_AUTH');
      sink.fault(undefined);
      await passUntil('the request', () => sink.requests === 1);
    });

    it('waits while the endpoint is overloaded', async (t) => {
      const sink = await openSink(t, { protocol });
      sink.fault(faultOf(status.UNAVAILABLE, 503, 3));
      const { stage, pushValue, until, passUntil } = openStage(t, sink.endpoint, tempDir(t));
      pushValue(1);
      await until('busy', () => stage.state().lastErrorCode === 'SND_EXP_BUSY');
      await passUntil('the request', () => sink.requests === 1);
    });

    it('tries a request that the endpoint fails on ten times, then drops it', async (t) => {
      const sink = await openSink(t, { protocol });
      sink.fault(faultOf(status.INTERNAL, 500, 10));
      const { pushValue, until, passUntil, ledger } = openStage(t, sink.endpoint, tempDir(t));
      pushValue(1);
      pushValue(2);
      await until('an attempt', () => sink.attempts === 1);
      await passUntil('the drop', () => countOf(ledger, 'dropped', 'server-error') === 1);
      await passUntil('the other request', () => sink.requests === 1);
      assert.deepEqual(valuesOf(sink), [2]);
      assert.equal(sink.attempts, 11);
    });

    it('counts what a partial success rejected and shows the message', async (t) => {
      const sink = await openSink(t, { protocol });
      sink.fault({ kind: 'partial', rejectedPoints: 1, message: 'too\nold' });
      const { pushValue, until, ledger, log } = openStage(t, sink.endpoint, tempDir(t));
      pushValue(1);
      await until('the count', () => countOf(ledger, 'dropped', 'rejected') === 1);
      assert.equal(countOf(ledger, 'kept'), 0);
      assert.equal(sink.attempts, 1);
      assert.match(log.lines[0] ?? '', /^warn export SND_EXP_PARTIAL .*1 of 1 points rejected: too old/);
    });

    it('takes an answer that is no protobuf as delivered', async (t) => {
      const sink = await openSink(t, { protocol });
      sink.fault({ kind: 'garbage' });
      const { pushValue, until, ledger } = openStage(t, sink.endpoint, tempDir(t));
      pushValue(1);
      await until('the delivery', () => countOf(ledger, 'kept') === 1);
      assert.equal(sink.attempts, 1);
    });

    it('makes later requests smaller when the endpoint allows less than 4 MiB', async (t) => {
      const maxRequestBytes = 1024 * 1024;
      const sink = await openSink(t, { protocol, maxRequestBytes });
      const { push, passUntil, ledger } = openStage(t, sink.endpoint, tempDir(t), { timeoutMs: 5000 });
      push(largeBatch(20_000));
      await passUntil('a refusal', () => countOf(ledger, 'dropped', 'too-large') > 0, 20_000);
      await passUntil('smaller requests', () => sink.requests > 0, 20_000);
      const lost = countOf(ledger, 'dropped', 'too-large');
      await passUntil(
        'the rest',
        () => countOf(ledger, 'kept') + countOf(ledger, 'dropped', 'too-large') === 20_000,
        20_000,
      );
      push(largeBatch(20_000));
      await passUntil('the next flush', () => countOf(ledger, 'kept') === 40_000 - lost, 20_000);
      assert.equal(countOf(ledger, 'dropped', 'too-large'), lost, 'only the first flush lost anything');
    });

    it('says that an endpoint of another kind does not take metrics, and keeps the data', async (t) => {
      const other = await openSink(t, { protocol: isGrpc ? 'http/protobuf' : 'grpc' });
      const { stage, pushValue, until } = openStage(t, endpointAt(other.port), tempDir(t), { timeoutMs: 400 });
      pushValue(1);
      await until('the request on disk', () => stage.state().queuedRequests === 1);
      assert.equal(stage.state().state, 'failing');
    });

    describe('with TLS', () => {
      it('delivers to a server of the given authority, and with a client certificate where one is wanted', async (t) => {
        const dataDir = tempDir(t);
        const certificates = await makeCertificates(dataDir, 'known');
        for (const wantsClient of [false, true]) {
          const sink = await openSink(t, { protocol, tls: { ...certificates, wantsClient } });
          const { pushValue, until } = openStage(t, sink.endpoint, join(dataDir, `data-${wantsClient}`), {
            certificateFile: certificates.authority,
            ...(wantsClient
              ? { clientCertificateFile: certificates.clientCertificate, clientKeyFile: certificates.clientKey }
              : {}),
          });
          pushValue(1);
          await until('the request', () => sink.requests === 1);
        }
      });

      it('refuses an unknown authority, another name, and says so; the data waits', async (t) => {
        const dataDir = tempDir(t);
        const known = await makeCertificates(dataDir, 'known');
        const unknown = await makeCertificates(dataDir, 'unknown');
        const elsewhere = await makeCertificates(dataDir, 'elsewhere', 'elsewhere.example');
        for (const [i, [server, authority]] of (
          [
            [known, unknown],
            [elsewhere, elsewhere],
          ] as const
        ).entries()) {
          const sink = await openSink(t, { protocol, tls: server });
          const { stage, pushValue, until, log } = openStage(t, sink.endpoint, join(dataDir, `data-${i}`), {
            certificateFile: authority.authority,
          });
          pushValue(1);
          await until('the request on disk', () => stage.state().queuedRequests === 1);
          assert.equal(stage.state().lastErrorCode, 'SND_EXP_TLS', stage.state().detail);
          assert.match(log.lines[0] ?? '', /SND_EXP_TLS/);
          assert.equal(sink.attempts, 0);
        }
      });

      it('is turned away without the client certificate that is wanted', async (t) => {
        const dataDir = tempDir(t);
        const certificates = await makeCertificates(dataDir, 'known');
        const sink = await openSink(t, { protocol, tls: { ...certificates, wantsClient: true } });
        const { stage, pushValue, until } = openStage(t, sink.endpoint, dataDir, {
          certificateFile: certificates.authority,
        });
        pushValue(1);
        await until('the request on disk', () => stage.state().queuedRequests === 1);
        assert.equal(sink.attempts, 0);
      });

      it('refuses TLS files that are of no use before anything is sent', async (t) => {
        const dataDir = tempDir(t);
        const a = await makeCertificates(dataDir, 'a');
        const b = await makeCertificates(dataDir, 'b');
        const garbage = join(dataDir, 'garbage.pem');
        writeFileSync(garbage, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
        const deps = { clock: testClock(), ledger: createLedger(), log: keptLog() };
        const endpoint = endpointAt(1).replace('http:', 'https:');
        for (const over of [
          { certificateFile: garbage },
          { certificateFile: join(dataDir, 'missing.pem') },
          { clientCertificateFile: a.clientCertificate, clientKeyFile: b.clientKey },
        ])
          assert.throws(() => createExport(config(endpoint, dataDir, over), deps), { code: 'SND_EXP_CREDENTIALS' });
      });
    });

    it('refuses headers that cannot be sent, without showing their value', (t) => {
      const deps = { clock: testClock(), ledger: createLedger(), log: keptLog() };
      const make = (headers: Record<string, string>) =>
        createExport(config(endpointAt(1), tempDir(t), { headers }), deps);
      for (const headers of [{ 'a b': 'x' }, { 'x-key': 'secret\n' }])
        assert.throws(
          () => make(headers),
          (error: { code?: string; message?: string }) => {
            assert.equal(error.code, 'SND_EXP_HEADERS');
            assert.doesNotMatch(error.message ?? '', /secret/);
            return true;
          },
        );
    });
  });
}
