import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Peer } from '../../../src/model/flow.ts';
import { Scenario, type ScenarioOptions, type Truth } from './scenario.ts';
import type { Node } from './topology.ts';

/** Few, so that several bridges have the same one. */
const SUBNETS = ['172.17.0', '172.18.0'];
const PROMPT: ScenarioOptions = { hasFingerprints: false, tablesLateMs: 0, natLateMs: 20, halvesLateMs: 100 };

/** Hosts with bridges, containers, hosts inside containers, published ports. */
function build(scenario: Scenario): Node[] {
  const { world } = scenario;
  const hosts: Node[] = [];
  for (let i = 0; i <= scenario.below(3); i++) hosts.push(scenario.node(world.switch.bridge, true));
  for (const host of [...hosts]) {
    for (const subnet of SUBNETS.slice(0, 1 + scenario.below(2))) fill(scenario, host, subnet);
    const [first] = host.bridges;
    // Docker in Docker: a container that is a host, with the other subnet or the very same further in.
    if (first && scenario.below(2) === 0) {
      const inner = scenario.node(first, false);
      fill(scenario, inner, SUBNETS.find((subnet) => subnet !== first.prefix) ?? '172.19.0');
    }
  }
  return [...world.nodes];
}

function fill(scenario: Scenario, host: Node, subnet: string): void {
  const bridge = scenario.bridge(host, subnet);
  for (let i = 0; i <= scenario.below(3); i++) {
    const node = scenario.node(bridge, false);
    if (scenario.below(2) === 0) host.published.set(8080 + scenario.below(2), { address: node.up.address, port: 80 });
  }
}

/** An address somebody might dial from there: a neighbour, a gateway, a host, itself, nobody here. */
function target(scenario: Scenario, from: Node): readonly [string, number] {
  const hosts = scenario.world.switch.bridge.members.map((host) => host.up.address);
  const near = [...from.up.bridge.members, ...from.bridges.flatMap((bridge) => bridge.members)].map(
    (node) => node.up.address,
  );
  const gateways = [from.up.bridge.gateway, ...from.bridges.map((bridge) => bridge.gateway)].filter(
    (address) => address !== '',
  );
  const address =
    scenario.pick([...hosts, ...hosts, ...near, ...gateways, '127.0.0.1', '203.0.113.9']) ?? '203.0.113.9';
  return [address, scenario.pick([80, 8080, 8080, 8081]) ?? 80];
}

function describeTruth({ half, other, isExternal, container }: Truth): string {
  return JSON.stringify({
    half: half.tuple,
    role: half.role,
    of: half.container?.key,
    other: other?.tuple,
    isExternal,
    container: container?.key,
  });
}

/** What is said must be so. Returns how much was said. */
function assertNothingFalse(scenario: Scenario): { joined: number; named: number; unknown: number } {
  const said = { joined: 0, named: 0, unknown: 0 };
  for (const truth of scenario.truths) {
    const peer = scenario.recorder.peerOf(truth.half);
    assert(peer, `no flow for ${describeTruth(truth)}`);
    const context = `${describeTruth(truth)} but ${JSON.stringify({ ...peer, container: peer.container?.key, half: peer.half?.tuple })}`;
    if (peer.half !== undefined) {
      assert.equal(peer.half, truth.other, context);
      said.joined++;
    } else if (peer.confidence !== 'none' || peer.kind === 'external') {
      assert.equal(peer.kind === 'external', truth.isExternal, context);
      assert.equal(peer.container, truth.container, context);
      said.named++;
    } else said.unknown++;
  }
  return said;
}

/** A world is drawn from one number, so that a failure is repeated by it. */
const seeds = fc.integer();
function randomOf(seed: number): () => number {
  let state = seed | 0;
  // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function unjoined({ truths, recorder }: Scenario): string {
  const missing = truths.filter(
    (truth) => truth.other !== undefined && recorder.peerOf(truth.half)?.half === undefined,
  );
  const show = ({ container, half, ...peer }: Partial<Peer>) =>
    JSON.stringify({ ...peer, of: container?.key, half: half?.tuple });
  return missing.map((truth) => `${describeTruth(truth)}\n  ${show(recorder.peerOf(truth.half) ?? {})}`).join('\n');
}

describe('join of generated topologies', () => {
  it('finds both ends of every connection from tables alone, whatever the subnets', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const scenario = new Scenario(randomOf(seed), PROMPT);
        const nodes = build(scenario);
        scenario.run(5_000);
        for (let i = 0; i < 20; i++) {
          const from = scenario.pick(nodes);
          if (from)
            scenario.dial(
              from,
              scenario.below(3) === 0 ? 'udp' : 'tcp',
              ...target(scenario, from),
              scenario.below(4) === 0,
            );
          scenario.run(scenario.below(200));
        }
        scenario.run(7_000);
        const said = assertNothingFalse(scenario);
        const local = scenario.truths.filter((truth) => truth.other !== undefined).length;
        assert.equal(said.joined, local, unjoined(scenario));
        assert.equal(said.unknown, 0);
        assert.deepEqual(
          scenario.ledger.rows().filter((row) => row.outcome !== 'kept'),
          [],
        );
      }),
      { numRuns: 300 },
    );
  });

  for (const hasFingerprints of [true, false])
    it(`says nothing false while addresses and namespaces are reused within a second${hasFingerprints ? ', and joins by fingerprint' : ''}`, () => {
      let dialled = 0;
      let told = 0;
      fc.assert(
        fc.property(seeds, (seed) => {
          const options = { hasFingerprints, tablesLateMs: 800, natLateMs: 500, halvesLateMs: 500 };
          const scenario = new Scenario(randomOf(seed), options);
          build(scenario);
          scenario.run(5_000);
          for (let i = 0; i < 25; i++) {
            const living = scenario.world.nodes.filter((node) => node.endedMs === undefined);
            const from = scenario.pick(living);
            if (from)
              scenario.dial(
                from,
                scenario.below(3) === 0 ? 'udp' : 'tcp',
                ...target(scenario, from),
                scenario.below(4) === 0,
              );
            scenario.run(scenario.below(300));
            const victim = scenario.pick(living.filter((node) => node.container && node.bridges.length === 0));
            if (victim && scenario.below(3) === 0) {
              scenario.end(victim);
              scenario.run(scenario.below(900));
              scenario.node(victim.up.bridge, false, Number(victim.up.address.split('.')[3]));
            }
          }
          scenario.run(9_000);
          const said = assertNothingFalse(scenario);
          dialled += scenario.truths.filter((truth) => truth.other !== undefined).length;
          told += said.joined;
          if (hasFingerprints)
            for (const { half, other } of scenario.truths)
              if (half.tuple.transport === 'tcp' && other)
                assert.equal(scenario.recorder.peerOf(half)?.confidence, 'confirmed');
        }),
        { numRuns: 300 },
      );

      assert(told / dialled > 0.9, `${told} of ${dialled} joined`);
    });
});
