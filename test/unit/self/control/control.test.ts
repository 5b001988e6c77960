import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from '../../../../src/model/frame.ts';
import { connectControl } from '../../../../src/self/control/client.ts';
import { type ControlHandlers, createControl } from '../../../../src/self/control/server.ts';
import { createLedger } from '../../../../src/self/ledger.ts';
import { createLog } from '../../../../src/self/log.ts';
import { flowViewOf } from '../../cli/flow-views.ts';
import { frameOf, statusOf } from '../../cli/frames.ts';
import { tempDir } from '../temp-dir.ts';

async function serve(t: TestContext, change: Partial<ControlHandlers> = {}, dataDir = tempDir(t)) {
  const ledger = createLedger();
  const handlers: ControlHandlers = {
    health: () => ({ ok: true }),
    status: () => statusOf(),
    doctor: () => ({ programs: [] }),
    flows: () => flowViewOf(3),
    ...change,
  };
  const control = await createControl({ dataDir, ledger, log: createLog('error', () => {}), handlers });
  t.after(() => control.close());
  return { dataDir, ledger, control };
}

/** Sends bytes as they are and returns all that comes back. */
async function raw(path: string, bytes: string | Buffer): Promise<string> {
  const socket = connect(path);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.on('error', () => {});
  socket.write(bytes);
  await Promise.race([once(socket, 'close'), sleep(4000)]);
  socket.destroy();
  return answer;
}

const codeIn = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).error.code;

test('only the owner can open the socket', async (t) => {
  const dataDir = tempDir(t);
  chmodSync(dataDir, 0o755);
  const { control } = await serve(t, {}, dataDir);
  assert.equal(statSync(control.socketPath).mode & 0o777, 0o600);
});

test('a socket file left by a dead agent is replaced', async (t) => {
  const dataDir = tempDir(t);
  writeFileSync(join(dataDir, 'control.sock'), '');
  await serve(t, {}, dataDir);
  assert.deepEqual(await (await connectControl(dataDir)).health(), { ok: true });
});

test('health and doctor answer what the agent says', async (t) => {
  const { dataDir, control } = await serve(t, { health: () => ({ ok: false }), doctor: async () => ({ programs: 7 }) });
  const client = await connectControl(dataDir);
  assert.deepEqual(await client.doctor(), { programs: 7, status: JSON.parse(JSON.stringify(statusOf())) });
  assert.match(
    await raw(control.socketPath, 'GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    /^HTTP\/1.1 503 /,
  );
});

test('a handler that throws is an error with a code, and the next request works', async (t) => {
  const { dataDir } = await serve(t, {
    doctor: () => {
      throw new Error('secret detail');
    },
  });
  const client = await connectControl(dataDir);
  const answer = await client.doctor();
  assert.equal(JSON.stringify(answer).includes('SND_AGT_CONTROL_FAILED'), true);
  assert.equal(JSON.stringify(answer).includes('secret detail'), false);
  assert.deepEqual(await client.health(), { ok: true });
});

test('hostile requests get a coded error and cost nothing', async (t) => {
  const { dataDir, control, ledger } = await serve(t);
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
  const cases: readonly [string | Buffer, string][] = [
    [get('/../../etc/passwd'), 'SND_AGT_CONTROL_PATH'],
    [get(`/${'a'.repeat(4000)}`), 'SND_AGT_CONTROL_PATH'],
    ['POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello', 'SND_AGT_CONTROL_METHOD'],
    ['GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n', 'SND_AGT_CONTROL_METHOD'],
    [`GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 'SND_AGT_CONTROL_REQUEST'],
    [Buffer.from([0, 255, 254, 1, 13, 10, 13, 10]), 'SND_AGT_CONTROL_REQUEST'],
    ['\u0016\u0003\u0001 TLS? no\r\n\r\n', 'SND_AGT_CONTROL_REQUEST'],
  ];
  for (const [bytes, code] of cases) assert.equal(codeIn(await raw(control.socketPath, bytes)), code);
  assert.equal(ledger.rows().find((row) => row.reason === 'control_bad_request')?.count, 3);
  assert.deepEqual(await (await connectControl(dataDir)).health(), { ok: true });
});

test('frames arrive as they were pushed, the latest two at once', async (t) => {
  const { dataDir, control } = await serve(t);
  control.pushFrame(frameOf(1, 0));
  control.pushFrame(frameOf(2, 1));
  control.pushFrame(frameOf(13, 2));
  const frames = (await connectControl(dataDir)).openFrames();
  t.after(() => frames.close());
  const seen: Frame[] = [];
  await new Promise<void>((resolve) => {
    frames.onFrame((frame) => {
      seen.push(frame);
      if (seen.length === 2) control.pushFrame(frameOf(3, 3));
      if (seen.length === 3) resolve();
    });
  });
  assert.deepEqual(
    seen.map((frame) => frame.containers.length),
    [2, 13, 3],
  );
  const [first] = frameOf(13, 2).containers;
  const [got] = seen[1]?.containers ?? [];
  assert.equal(got?.container.identity?.name, first?.container.identity?.name);
  assert.equal(got?.container.identity?.imageName, first?.container.identity?.imageName);
  assert.equal(seen[1]?.containers[10]?.container.identity, undefined);
  assert.deepEqual({ ...got, container: undefined }, { ...first, container: undefined });
  assert.deepEqual(frames.status(), JSON.parse(JSON.stringify(statusOf())));
  assert.equal(frames.outage(), undefined);
});

test('a reader that takes nothing loses frames, counted, and holds one in memory', async (t) => {
  const { control, ledger } = await serve(t);
  const socket = connect(control.socketPath);
  t.after(() => socket.destroy());
  socket.write('GET /api/v1/frames/live HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(socket, 'readable');
  const frame = frameOf(500);
  for (let count = 0; count < 50; count++) {
    control.pushFrame(frame);
    await sleep(2);
  }
  const skipped = ledger.rows().find((row) => row.reason === 'live_reader_slow')?.count ?? 0;
  assert.equal(control.isWatched(), true);
  assert.ok(skipped >= 45, `${skipped} skipped`);
});

test('places of live readers are limited', async (t) => {
  const { control, dataDir } = await serve(t);
  for (let count = 0; count < 8; count++) {
    const socket = connect(control.socketPath);
    t.after(() => socket.destroy());
    socket.write('GET /api/v1/frames/live HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
  }
  const ninth = (await connectControl(dataDir)).openFrames();
  t.after(() => ninth.close());
  while (!ninth.outage()) await sleep(10);
  assert.match(ninth.outage() ?? '', /SND_AGT_CONTROL_BUSY/);
});

test('a reader outlives a restart of the agent', async (t) => {
  const { control, dataDir } = await serve(t);
  control.pushFrame(frameOf(1));
  const frames = (await connectControl(dataDir)).openFrames();
  t.after(() => frames.close());
  const next = () => new Promise<Frame>((resolve) => frames.onFrame(resolve));
  await next();
  await control.close();
  while (!frames.outage()) await sleep(10);
  assert.match(frames.outage() ?? '', /SND_AGT_NOT_RUNNING/);
  const second = await serve(t, {}, dataDir);
  second.control.pushFrame(frameOf(4));
  assert.equal((await next()).containers.length, 4);
  assert.equal(frames.outage(), undefined);
});

test('no agent, no socket: a coded error', async (t) => {
  await assert.rejects(connectControl(tempDir(t)), { code: 'SND_AGT_NOT_RUNNING' });
  await assert.rejects(connectControl(`/${'x'.repeat(120)}`), { code: 'SND_AGT_CONTROL_SOCKET' });
});

test('flows come as the agent lists them, also beside the live stream', async (t) => {
  const { dataDir } = await serve(t, { flows: () => flowViewOf(5) });
  const client = await connectControl(dataDir);
  const frames = client.openFrames();
  t.after(() => frames.close());
  for (const view of [await client.flows(), await frames.readFlows()]) {
    assert.deepEqual(view, JSON.parse(JSON.stringify(flowViewOf(5))));
  }
});

test('flows that cannot be read are an error with a code', async (t) => {
  const { dataDir } = await serve(t, { flows: () => ({ rows: 'none' }) as never });
  await assert.rejects((await connectControl(dataDir)).flows(), { code: 'SND_AGT_CONTROL_ANSWER' });
});
