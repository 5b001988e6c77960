import { runCli } from './cli/cli.ts';

/** An exit code is final: a handle that someone forgot to close does not keep the process. */
const EXIT_WITHIN_MS = 1000;

/** The process: signals in, exit code out. Everything else is in `cli/`. */
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // A second one means now.
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  });
}
// `sonde --help | head` closes our pipe: no reason for a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli({
  argv: process.argv.slice(2),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  writeError: (text) => process.stderr.write(text),
  signal: stop.signal,
});
setTimeout(() => process.exit(), EXIT_WITHIN_MS).unref();
