import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'

export class ToolUnavailable extends Error {}
export class GoMissing extends ToolUnavailable {}

const CACHE = resolve(process.env['CONFORMANCE_TOOLS'] ?? join(import.meta.dirname, '..', '.tools'))

/** Programs take minutes to build, packages to fetch. */
export const BUILD_TIMEOUT_SECONDS = 900

/**
 * The path of a file or folder in the cache of tools; where it is missing, `build` makes it in the
 * folder it is given and says what is to be kept.
 */
export async function cached(
  name: string,
  build: (workshop: string) => Promise<string>,
): Promise<string> {
  const path = join(CACHE, name)
  if (await isProgram(path)) return path
  console.log(`installing ${name}`)
  await mkdir(CACHE, { recursive: true })
  // Built aside and renamed, so that a second run at the same time never finds half a program.
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

/** A short name for what these files hold, so that another content is another version. */
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

/** A folder that can be entered counts, too. */
async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
