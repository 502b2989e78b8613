import { caseOf, check } from './cases.ts'

// Measured: a million cases take 246 s and at most 215 MiB.
// Usage: npm run test:fuzz -- [cases] [seed]. The default seed is the time.
const [cases = 1_000_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number)
const began = performance.now()
/** MiB of the process; V8 and the code take about 150. */
const MOST_MEMORY = 512
const memory = () => Math.round(process.memoryUsage().rss / 2 ** 20)

console.log(`${cases} cases of seed ${seed}`)
for (let index = 0; index < cases; index++) {
  const current = caseOf(seed, index)
  try {
    check(current, index)
  } catch (error) {
    console.error(`case ${index} of seed ${seed}, ${current.file.length} bytes in base64:`)
    console.error(Buffer.from(current.file).toString('base64').slice(0, 100_000))
    throw error
  }
  if ((index + 1) % 100_000 === 0) {
    const seconds = Math.round((performance.now() - began) / 1000)
    const used = memory()
    console.log(`${index + 1} cases, ${seconds} s, RSS ${used} MiB`)
    if (used > MOST_MEMORY) throw new Error(`more than ${MOST_MEMORY} MiB are used`)
  }
}
console.log(`no throw, no bound exceeded, every valid module read as valid in ${cases} cases`)
