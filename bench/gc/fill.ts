/** Fills a data directory, in a process of its own, so that it does not disturb the measurement. */
import { fillCandidates } from './fill-candidates.ts'

const [data = '', blobs, files] = process.argv.slice(2)
await fillCandidates(data, { blobs: Number(blobs), files: Number(files) })
