import { testGarbage } from './garbage.ts';

testGarbage(1);
