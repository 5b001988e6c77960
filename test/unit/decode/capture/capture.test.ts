import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recordings } from '../protocols/corpus.ts';
import { decodeBytes, type Frame, pcap, pcapng, readFrames, tellOf } from './write-capture.ts';

const HTTP = readFrames('test/corpus/http1/nginx-requests.pcap');
const REDIS = readFrames('test/corpus/redis/redis-py-resp2.pcap');
const DNS = readFrames('test/corpus/dns/dnsmasq-udp.pcap');
const whole = tellOf(decodeBytes(pcap(HTTP)).exchanges);

const relink = (frames: readonly Frame[], header: Buffer): Frame[] =>
  frames.map((frame) => ({ ...frame, bytes: Buffer.concat([header, frame.bytes.subarray(14)]) }));

test('every recording reads the same as pcapng, big-endian, in nanoseconds', () => {
  for (const { path } of recordings()) {
    const frames = readFrames(path);
    assert.deepEqual(decodeBytes(pcapng(frames)).exchanges, decodeBytes(pcap(frames)).exchanges);
  }
});

test('every link type reads the same', () => {
  const links: readonly (readonly [linkType: number, header: string])[] = [
    [1, '0000000000000000000000008100000788a800010800'],
    [113, '00000304000600000000000000000800'],
    [276, '0800000000000001030400060000000000000000'],
    [101, ''],
    [228, ''],
    [0, '02000000'],
    [108, '00000002'],
  ];
  for (const [linkType, header] of links)
    assert.deepEqual(tellOf(decodeBytes(pcap(relink(HTTP, Buffer.from(header, 'hex')), linkType)).exchanges), whole);
});

test('swapped and repeated segments read the same', () => {
  const handshakeCount = 3;
  fc.assert(
    fc.property(fc.constantFrom(HTTP, REDIS), fc.infiniteStream(fc.nat({ max: 99 })), (frames, random) => {
      const draw = (): number => Number(random.next().value);
      const shuffled = [...frames];
      for (let at = handshakeCount; at + 1 < shuffled.length; at++) {
        const [left, right] = [shuffled[at], shuffled[at + 1]];
        if (!left || !right) break;
        const isSameDirection = left.bytes.readUInt16BE(34) === right.bytes.readUInt16BE(34);
        const isData = left.bytes.readUInt16BE(16) > 60 && right.bytes.readUInt16BE(16) > 60;
        if (isSameDirection && isData && draw() < 50) [shuffled[at], shuffled[at + 1]] = [right, left];
        else if (draw() < 20) shuffled.splice(at, 0, left);
      }
      const expected = frames === HTTP ? whole : tellOf(decodeBytes(pcap(REDIS)).exchanges);
      const { exchanges, summary } = decodeBytes(pcap(shuffled));
      assert.deepEqual(tellOf(exchanges), expected);
      assert.deepEqual(summary.missed, []);
    }),
    { numRuns: 40 },
  );
});

test('segments cut small and sent out of order read the same', () => {
  const pieces = HTTP.flatMap((frame) => cutSegment(frame, 700).toReversed());
  assert.ok(pieces.length > HTTP.length + 20);
  const { exchanges, summary } = decodeBytes(pcap(pieces));
  assert.deepEqual(tellOf(exchanges), whole);
  assert.deepEqual(summary.missed, []);
});

/** The same bytes in segments of at most `sizeBytes`. */
function cutSegment(frame: Frame, sizeBytes: number): Frame[] {
  const headBytes = 34 + ((frame.bytes[46] ?? 0) >> 4) * 4;
  const payload = frame.bytes.subarray(headBytes);
  if (payload.length <= sizeBytes) return [frame];
  return Array.from({ length: Math.ceil(payload.length / sizeBytes) }, (_, index) => {
    const part = payload.subarray(index * sizeBytes, (index + 1) * sizeBytes);
    const bytes = Buffer.concat([frame.bytes.subarray(0, headBytes), part]);
    bytes.writeUInt16BE(bytes.length - 14, 16);
    bytes.writeUInt32BE((frame.bytes.readUInt32BE(38) + index * sizeBytes) >>> 0, 38);
    return { ...frame, bytes };
  });
}

test('fragmented datagrams and segments read the same, in any order', () => {
  for (const frames of [DNS, HTTP]) {
    const expected = tellOf(decodeBytes(pcap(frames)).exchanges);
    const fragments = frames.flatMap((frame, index) => fragment(frame, index + 1, frames === DNS ? 16 : 1024));
    assert.ok(fragments.length > frames.length);
    assert.deepEqual(tellOf(decodeBytes(pcap(fragments)).exchanges), expected);
    const lossy = fragments.filter((_, index) => index !== 1);
    assert.equal(decodeBytes(pcap(lossy)).summary.lostFragmentCount, frames === DNS ? 1 : 0);
  }
});

function fragment(frame: Frame, id: number, sizeBytes: number): Frame[] {
  const payload = frame.bytes.subarray(34);
  if (payload.length <= sizeBytes) return [frame];
  const parts = Array.from({ length: Math.ceil(payload.length / sizeBytes) }, (_, index) => {
    const part = payload.subarray(index * sizeBytes, (index + 1) * sizeBytes);
    const bytes = Buffer.concat([frame.bytes.subarray(0, 34), part]);
    bytes.writeUInt16BE(bytes.length - 14, 16);
    bytes.writeUInt16BE(id, 18);
    const isLast = (index + 1) * sizeBytes >= payload.length;
    bytes.writeUInt16BE((isLast ? 0 : 0x2000) | ((index * sizeBytes) / 8), 20);
    return { ...frame, bytes };
  });
  return parts.toReversed();
}

test('IPv6 with extension headers reads the same but for its addresses', () => {
  const frames = HTTP.map((frame) => {
    const transport = frame.bytes.subarray(34);
    const head = Buffer.alloc(48);
    head[0] = 0x60;
    head.writeUInt16BE(transport.length + 8, 4);
    head[6] = 60;
    head[23] = 1;
    head[39] = 1;
    head[40] = 6;
    return { ...frame, bytes: Buffer.concat([head, transport]) };
  });
  const { exchanges } = decodeBytes(pcap(frames, 229));
  assert.equal(exchanges.length, whole.length);
  assert.equal(exchanges[0]?.server.address, '::1');
});

test('lost segments lose their exchanges and no other, and are counted', () => {
  const truth = new Set(whole);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: HTTP.length - 1 }), { minLength: 1, maxLength: 4 }), (lost) => {
      const { exchanges, summary } = decodeBytes(pcap(HTTP.filter((_, index) => !lost.includes(index))));
      for (const exchange of exchanges) {
        if (exchange.missed === undefined && exchange.startNs > 0) assert.ok(truth.has(tellOf([exchange])[0] ?? ''));
      }
      if (exchanges.length < whole.length)
        assert.ok(summary.missed.length > 0 || exchanges.some(({ missed }) => missed));
    }),
    { numRuns: 60 },
  );
});

test('garbage is refused with a code or read to its end, never more', () => {
  assert.throws(() => decodeBytes(Buffer.alloc(0)), { code: 'SND_DEC_FORMAT' });
  assert.throws(() => decodeBytes(Buffer.from('#!/bin/sh, no capture at all')), { code: 'SND_DEC_FORMAT' });
  assert.throws(() => decodeBytes(pcap(HTTP, 147)), { code: 'SND_DEC_LINK' });
  const originals = [pcap(HTTP.slice(0, 40)), pcapng(DNS)];
  fc.assert(
    fc.property(
      fc.constantFrom(...originals),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 30 }),
      fc.nat(),
      (original, changes, cut) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          decodeBytes(bytes.subarray(0, bytes.length - (cut % 3 === 0 ? cut % bytes.length : 0)));
        } catch (error) {
          assert.match(String((error as { code?: string }).code), /^SND_DEC_/);
        }
      },
    ),
    { numRuns: 300 },
  );
});
