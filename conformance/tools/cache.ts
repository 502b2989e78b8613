import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

export class ToolUnavailable extends Error {}
export class GoMissing extends ToolUnavailable {}

/** Outside the checkout, so that a fresh clone builds nothing again. */
const CACHE = resolve(
  process.env['CONFORMANCE_TOOLS'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'wasmoor/tools'),
)

/** Programs take minutes to build. */
export const BUILD_TIMEOUT_SECONDS = 900

/**
 * The path of a file or folder in the tool cache. If it is missing, `build` makes it in the given
 * folder and returns its path there.
 */
export async function cached(
  name: string,
  build: (workshop: string) => Promise<string>,
): Promise<string> {
  const path = join(CACHE, name)
  if (await isProgram(path)) return path
  console.log(`installing ${name}`)
  await mkdir(CACHE, { recursive: true })
  // Built elsewhere and renamed, so that a concurrent run never finds an incomplete program.
  const workshop = await mkdtemp(join(CACHE, '.building-'))
  try {
    const built = await build(workshop)
    await rename(built, path).catch(async (error: unknown) => {
      if (!(await isProgram(path))) throw error
    })
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
  return path
}

/** A version derived from the content of the files. */
export async function contentVersion(folder: string, isPart: (name: string) => boolean) {
  const hash = createHash('sha256')
  for (const name of (await readdir(folder)).filter(isPart).toSorted()) {
    hash.update(`${name}\n`).update(await readFile(join(folder, name)))
  }
  return hash.digest('hex').slice(0, 12)
}

export async function findOnPath(program: string): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, program)
    if (await isProgram(path)) return path
  }
  return undefined
}

/** Also true for a folder that can be entered. */
async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
