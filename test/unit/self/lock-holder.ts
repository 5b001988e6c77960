/** Holds the lock of the data directory given as argument until it is killed. */
import { lockDataDir } from '../../../src/self/lock.ts';

lockDataDir(process.argv[2] ?? '');
process.stdout.write('held\n');
setInterval(() => {}, 1000);
