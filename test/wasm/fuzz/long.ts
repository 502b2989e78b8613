import { caseOf, check } from './cases.ts'

// Measured with a million cases: 246 s, at most 215 MiB.
// Usage: node test/wasm/fuzz/long.ts [cases] [seed]. Another seed each time unless one is given.
const [cases = 1_000_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number)
const began = performance.now()
/** MiB that the process may have: about 150 are V8's and the loader's. */
const MOST_MEMORY = 512
const memory = () => Math.round(process.memoryUsage().rss / 2 ** 20)

console.log(`${cases} cases of seed ${seed}`)
for (let index = 0; index < cases; index++) {
  const tried = caseOf(seed, index)
  try {
    check(tried, index)
  } catch (error) {
    console.error(`case ${index} of seed ${seed}, ${tried.file.length} bytes in base64:`)
    console.error(Buffer.from(tried.file).toString('base64').slice(0, 100_000))
    throw error
  }
  if ((index + 1) % 100_000 === 0) {
    const seconds = Math.round((performance.now() - began) / 1000)
    const held = memory()
    console.log(`${index + 1} cases, ${seconds} s, RSS ${held} MiB`)
    if (held > MOST_MEMORY) throw new Error(`more than ${MOST_MEMORY} MiB are held`)
  }
}
console.log(`no throw, no bound exceeded, no valid module called a lie in ${cases} cases`)
