import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Ending {
  after(work: () => Promise<void>): void
}

/** A new directory, removed when the test ends. */
export async function temporaryDirectory(test: Ending): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'wasmoor-test-'))
  test.after(() => rm(path, { recursive: true, force: true }))
  return path
}
