import type { KernelProbeOptions, ProgramState } from '../probe.ts';
import type { NativeProgram, NativeProgramRequest } from './native-addon.ts';

type Level = KernelProbeOptions['level'];

interface ProgramSpec {
  readonly tracepoint: string;
  readonly firstParameter: NativeProgramRequest['firstParameter'];
  readonly levels: readonly Level[];
  /** What is lost without it. */
  readonly purpose: string;
  /** Another program that does the same on other kernels or at other levels. */
  readonly alternative?: string;
}

const ALWAYS: readonly Level[] = ['off', 'count', 'latency'];

/** Every program of bpf/sonde.bpf.c. Names differ in their first 15 characters: the kernel keeps no more. */
export const PROGRAMS: Readonly<Record<string, ProgramSpec>> = {
  sd_tp_exec: {
    tracepoint: 'sched_process_exec',
    firstParameter: 'any',
    levels: ALWAYS,
    purpose: 'finding containers at their first exec; execs. Nothing is counted without it',
  },
  sd_tp_fork: {
    tracepoint: 'sched_process_fork',
    firstParameter: 'any',
    levels: ALWAYS,
    purpose: 'process starts; telling a runtime helper from the container when it forks into its cgroup',
  },
  sd_tp_exit: {
    tracepoint: 'sched_process_exit',
    firstParameter: 'any',
    levels: ALWAYS,
    purpose: 'process exits with codes; CPU time of containers that end between two samples',
  },
  sd_tp_cg_mkdir: {
    tracepoint: 'cgroup_mkdir',
    firstParameter: 'any',
    levels: ALWAYS,
    purpose: 'cgroup paths without polling; child cgroups of a container counted with it',
  },
  sd_tp_cg_rmdir: {
    tracepoint: 'cgroup_rmdir',
    firstParameter: 'any',
    levels: ALWAYS,
    purpose: 'the end of containers; their slots are not given back',
  },
  sd_tp_cg_attach: {
    tracepoint: 'cgroup_attach_task',
    firstParameter: 'any',
    levels: ALWAYS,
    purpose: 'leaving out the calls of a runtime helper that joins a container (`docker exec`)',
  },
  sd_tp_oom_task: {
    tracepoint: 'mark_victim',
    firstParameter: 'pointer',
    levels: ALWAYS,
    purpose: 'OOM kills',
    alternative: 'sd_tp_oom_pid',
  },
  sd_tp_oom_pid: {
    tracepoint: 'mark_victim',
    firstParameter: 'integer',
    levels: ALWAYS,
    purpose: 'OOM kills',
    alternative: 'sd_tp_oom_task',
  },
  sd_tp_sys_exit: {
    tracepoint: 'sys_exit',
    firstParameter: 'any',
    levels: ['count'],
    purpose: 'syscalls, their errors, file operations and bytes',
    alternative: 'sd_tp_sys_timed',
  },
  sd_tp_sys_timed: {
    tracepoint: 'sys_exit',
    firstParameter: 'any',
    levels: ['latency'],
    purpose: 'syscalls, their errors, file operations and bytes, and durations',
    alternative: 'sd_tp_sys_exit',
  },
  sd_tp_sys_enter: {
    tracepoint: 'sys_enter',
    firstParameter: 'any',
    levels: ['latency'],
    purpose: 'durations of syscalls',
  },
};

export function requestPrograms(level: Level): NativeProgramRequest[] {
  return Object.entries(PROGRAMS).map(([name, { tracepoint, firstParameter, levels }]) => ({
    name,
    tracepoint,
    firstParameter,
    isWanted: levels.includes(level),
  }));
}

const CODES = {
  absent: 'SND_BPF_PROGRAM_ABSENT',
  load: 'SND_BPF_PROGRAM_REFUSED',
  attach: 'SND_BPF_PROGRAM_ATTACH',
} as const;

/** One row a program; of two alternatives only the one that this kernel takes. */
export function describePrograms(results: readonly NativeProgram[], level: Level): ProgramState[] {
  const running = new Set(results.filter(({ error }) => error === '').map(({ name }) => name));
  const states: ProgramState[] = [];
  for (const { name, error, errorNumber, detail } of results) {
    const spec = PROGRAMS[name];
    if (!spec) continue;
    if (error !== '' && spec.alternative !== undefined && running.has(spec.alternative)) continue;
    const { purpose } = spec;
    if (error === '') {
      states.push({ name, isLoaded: true, purpose, code: undefined, reason: undefined });
    } else if (error === 'unwanted') {
      states.push({ name, isLoaded: false, purpose, code: undefined, reason: `not used at level ${level}` });
    } else {
      const reason = errorNumber === 0 ? detail : `errno ${errorNumber}: ${detail}`;
      states.push({ name, isLoaded: false, purpose, code: CODES[error], reason });
    }
  }
  return states;
}
