import { startSink } from '../../harness/otlp-sink.ts';

/** A sink in a process of its own: prints its endpoint; answers each line on standard input with its counts. */
const sink = await startSink({ protocol: 'grpc', keepsPoints: false });
process.stdout.write(`${sink.endpoint}\n`);
process.stdin.on('data', () => process.stdout.write(`${sink.requests} ${sink.sizeBytes}\n`));
process.stdin.on('end', () => process.exit());
