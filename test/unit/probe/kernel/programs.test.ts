import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePrograms, PROGRAMS, requestPrograms } from '../../../../src/probe/kernel/programs.ts';

const ran = { error: '', errorNumber: 0, detail: '' } as const;

test('names are unique in the 15 characters that the kernel keeps', () => {
  const names = Object.keys(PROGRAMS);
  assert.equal(new Set(names.map((name) => name.slice(0, 15))).size, names.length);
});

test('each level asks for what it needs', () => {
  const wanted = (level: 'off' | 'count' | 'latency') =>
    requestPrograms(level)
      .filter(({ isWanted, tracepoint }) => isWanted && tracepoint.startsWith('sys_'))
      .map(({ name }) => name);
  assert.deepEqual(
    [wanted('off'), wanted('count'), wanted('latency')],
    [[], ['sd_tp_sys_exit'], ['sd_tp_sys_timed', 'sd_tp_sys_enter']],
  );
});

test('of two alternatives the one that runs is told; when none does, both are', () => {
  const absent = { error: 'absent', errorNumber: 0, detail: 'tracepoint mark_victim' } as const;
  const task = { name: 'sd_tp_oom_task' };
  const pid = { name: 'sd_tp_oom_pid' };
  assert.deepEqual(
    describePrograms(
      [
        { ...task, ...ran },
        { ...pid, ...absent },
      ],
      'count',
    ).map(({ name, isLoaded }) => [name, isLoaded]),
    [['sd_tp_oom_task', true]],
  );
  assert.deepEqual(
    describePrograms(
      [
        { ...task, ...absent },
        { ...pid, ...absent },
      ],
      'count',
    ).map(({ code }) => code),
    ['SND_BPF_PROGRAM_ABSENT', 'SND_BPF_PROGRAM_ABSENT'],
  );
});

test('a refusal carries the number and the verifier’s words; a level’s choice is no error', () => {
  const [refused, unwanted] = describePrograms(
    [
      { name: 'sd_tp_exec', error: 'load', errorNumber: 13, detail: 'R1 invalid mem access' },
      { name: 'sd_tp_sys_exit', error: 'unwanted', errorNumber: 0, detail: '' },
    ],
    'off',
  );
  assert.equal(refused?.code, 'SND_BPF_PROGRAM_REFUSED');
  assert.equal(refused?.reason, 'errno 13: R1 invalid mem access');
  assert.deepEqual([unwanted?.isLoaded, unwanted?.code], [false, undefined]);
});
