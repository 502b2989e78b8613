/** Fills a data directory, in a process of its own: what is left of that must not be felt by those who are measured. */
import { fillCandidates } from './fill-candidates.ts'

const [data = '', blobs, files] = process.argv.slice(2)
await fillCandidates(data, { blobs: Number(blobs), files: Number(files) })
