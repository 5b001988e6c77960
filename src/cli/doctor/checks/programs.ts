import { describeError, SondeError } from '../../../errors/sonde-error.ts';
import { ERROR_TABLE, type ErrorCode } from '../../../errors/table.ts';
import type { ProgramState } from '../../../probe/probe.ts';
import type { KernelFacts } from '../agent-facts.ts';
import { type Check, finding, ok, unsupported } from '../check.ts';

/** One check a program, whether it runs and why not; one for all when none does. */
export function programChecks(facts: KernelFacts): Check[] {
  if (facts.programs.some(({ isLoaded }) => isLoaded)) return facts.programs.map(programCheck);
  return [nothingLoaded(facts.programs), ...facts.programs.filter(({ code }) => code !== undefined).map(refusedCheck)];
}

function programCheck(program: ProgramState): Check {
  const { name, isLoaded, purpose, code, reason } = program;
  const id = `bpf.${name}`;
  // The first words say what it is for, the rest what is lost without it.
  if (isLoaded) return ok(id, name, `loaded: ${purpose.split(/[;.]/, 1)[0]}`);
  // Without a code it is off by choice, such as the syscall program at SONDE_SYSCALLS=off.
  if (code === undefined) return ok(id, name, `off, ${reason ?? 'by choice'}: ${purpose}`);
  return finding('warn', knownCode(code), id, name, `not loaded, ${reason ?? code}\nlost: ${purpose}`);
}

function nothingLoaded(programs: readonly ProgramState[]): Check {
  const isDenied = programs.some(({ reason }) => reason?.includes('Operation not permitted'));
  return unsupported(
    isDenied ? 'SND_BPF_PERMISSION' : 'SND_BPF_LOAD',
    'bpf.load',
    'BPF programs',
    'none could be loaded: nothing is measured',
  );
}

/** The remedy stands once, above; of the reason the first line will do. */
function refusedCheck({ name, code, reason }: ProgramState): Check {
  const detail = `not loaded, ${(reason ?? '').split('\n', 1)[0]}`;
  return { id: `bpf.${name}`, status: 'fail', title: name, detail, code: knownCode(code) };
}

function knownCode(code: string | undefined): ErrorCode {
  return code !== undefined && code in ERROR_TABLE ? (code as ErrorCode) : 'SND_BPF_PROGRAM_REFUSED';
}

/** Codes with which no program can run here, whatever is configured. */
const HOST_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SND_BPF_NO_BTF',
  'SND_BPF_PERMISSION',
  'SND_BPF_CGROUP',
]);

/** The object could not be opened at all. */
export function probeFailure(error: unknown): Check {
  const id = 'bpf.load';
  const title = 'BPF programs';
  if (!(error instanceof SondeError)) return finding('fail', 'SND_BPF_LOAD', id, title, describeError(error));
  const { code, message, remedy } = error;
  return HOST_CODES.has(code)
    ? unsupported(code, id, title, message)
    : finding('fail', code, id, title, message, remedy);
}

/** What the kernel side could not keep, while the agent ran. */
export function lossCheck(facts: KernelFacts): Check {
  const lost = Object.entries(facts.drops).filter(([, count]) => count > 0);
  const fullest = Object.entries(facts.fill).reduce<readonly [string, number]>(
    (a, b) => (b[1] > a[1] ? b : a),
    ['', 0],
  );
  const fill = fullest[0] === '' ? '' : `; fullest map ${fullest[0]}, ${Math.round(fullest[1] * 100)} %`;
  if (lost.length === 0) return ok('kernel.loss', 'Loss', `nothing lost${fill}`);
  const detail = lost.map(([reason, count]) => `${count} ${reason}`).join(', ');
  return finding('warn', 'SND_AGT_LOSS', 'kernel.loss', 'Loss', `${detail}${fill}`);
}
