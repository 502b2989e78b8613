/*
 * Every crash test at its full length, which takes a while: `npm run test:crash`. It sets WASMOOR_CRASH_ROUNDS, which is
 * how many kills there are; set at all, it also makes the other tests look at everything and not at a sample.
 */
import './collection.test.ts'
import './disk-full.test.ts'
import './power-cut.test.ts'
import './sigkill.test.ts'
