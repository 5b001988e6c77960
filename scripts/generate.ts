/** Every generator, in order: `npm run generate`. */
import { execFileSync } from 'node:child_process';

// The layout needs build/sonde.bpf.o: `make -C bpf` first.
for (const script of ['generate-signals.ts', 'generate-layout.ts', 'generate-docs.ts']) {
  execFileSync(process.execPath, [`scripts/${script}`], { stdio: 'inherit' });
}
