/*
 * Runs every crash test at its full length: `npm run test:crash`. WASMOOR_CRASH_ROUNDS is the
 * number
 * of kills; if it is set, the other tests check everything instead of a sample.
 */
import './collection.slow.ts'
import './disk-full.slow.ts'
import './power-cut.slow.ts'
import './sigkill.slow.ts'
