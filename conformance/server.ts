import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentWithout, type Environment } from './execute.ts'
import { freePort } from './free-port.ts'
import { writeHtpasswd } from './htpasswd.ts'
import { Service } from './service.ts'
import type { Credentials } from './target.ts'

export const REPOSITORY_ROOT = join(import.meta.dirname, '..')

interface ServerOptions {
  /** The file for the output of the server. */
  readonly log: string
  readonly environment: Environment
  /** The accounts of the htpasswd file; without any, the server is open. */
  readonly accounts?: readonly Credentials[] | undefined
  /** Run dist/ instead of the TypeScript sources. */
  readonly built: boolean
}

/** The port and folder of a server. */
export interface ServerLocation {
  readonly port: number
  /** Holds its data and accounts. */
  readonly folder: string
}

/**
 * Calls `use` with the registry at `given`, or with a new server, which runs until `use` resolves.
 */
export async function withRegistry(
  given: string | undefined,
  options: ServerOptions,
  use: (host: string) => Promise<void>,
): Promise<void> {
  if (given !== undefined) return use(given)
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-conformance-'))
  try {
    const location = { port: await freePort(), folder }
    await withServer(location, options, () => use(hostOf(location)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs Wasmoor in an empty folder until `use` resolves. */
export async function withServer(
  location: ServerLocation,
  { log, environment, accounts, built }: ServerOptions,
  use: () => Promise<void>,
): Promise<void> {
  const { port, folder } = location
  const htpasswd = join(folder, 'htpasswd')
  if (accounts) await writeHtpasswd(htpasswd, accounts)
  const listen = ['--host', '127.0.0.1', '--port', String(port), '--data', dataIn(location)]
  const [program, ...words] = wasmoor(built)
  const service = await Service.start({
    name: 'the server',
    program,
    args: [...words, 'serve', ...listen],
    url: `http://${hostOf(location)}/v2/`,
    log,
    directory: REPOSITORY_ROOT,
    environment: {
      ...cleanEnvironment(),
      ...(accounts && { WASMOOR_AUTH_HTPASSWD: htpasswd }),
      ...environment,
    },
  })
  try {
    await use()
  } finally {
    await service.stop()
  }
}

/** HOST:PORT */
export function hostOf({ port }: ServerLocation): string {
  return `127.0.0.1:${port}`
}

export function dataIn({ folder }: ServerLocation): string {
  return join(folder, 'data')
}

/** The program and first arguments of `wasmoor`, from the root of the repository. */
export function wasmoor(built: boolean): [string, ...string[]] {
  return built ? ['bin/wasmoor'] : [process.execPath, 'src/main.ts']
}

/** The environment without settings for a registry, which must not reach the program under test. */
export function cleanEnvironment(): Environment {
  return environmentWithout('WASMOOR_', 'REGISTRY_')
}
