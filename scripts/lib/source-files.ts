import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Files of the project, new ones included, as paths from the checkout; ignored ones are not. */
export function sourceFiles(): string[] {
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
    .split('\0')
    .filter((file) => file !== '' && existsSync(file));
}
