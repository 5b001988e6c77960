import { testGarbage } from '../unit/config/garbage.ts';

testGarbage(50);
