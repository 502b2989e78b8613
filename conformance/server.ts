import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentWithout, type Environment } from './execute.ts'
import { freePort } from './free-port.ts'
import { writeHtpasswd } from './htpasswd.ts'
import { Service } from './service.ts'
import type { Credentials } from './target.ts'

export const repositoryRoot = join(import.meta.dirname, '..')

interface ServerOptions {
  /** Where what the server writes to its terminal goes. */
  log: string
  environment: Environment
  /** Accounts for an htpasswd file; without, the server has none. */
  accounts?: readonly Credentials[] | undefined
  /** Run dist/ instead of the TypeScript sources. */
  built: boolean
}

/** Where a server runs. */
export interface Place {
  port: number
  /** For its data and accounts. */
  folder: string
}

/** Lends out the registry at `given`, or else a new server, which lives as long as it is in use. */
export async function withRegistry(
  given: string | undefined,
  options: ServerOptions,
  use: (host: string) => Promise<void>,
): Promise<void> {
  if (given !== undefined) return use(given)
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-conformance-'))
  try {
    const place = { port: await freePort(), folder }
    await withServer(place, options, () => use(hostOf(place)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs Wasmoor in an empty folder, as long as it is in use. */
export async function withServer(
  place: Place,
  { log, environment, accounts, built }: ServerOptions,
  use: () => Promise<void>,
): Promise<void> {
  const { port, folder } = place
  const htpasswd = join(folder, 'htpasswd')
  if (accounts) await writeHtpasswd(htpasswd, accounts)
  const listen = ['--host', '127.0.0.1', '--port', String(port), '--data', dataIn(place)]
  const [program, ...words] = wasmoor(built)
  const service = await Service.start({
    name: 'the server',
    program,
    args: [...words, 'serve', ...listen],
    url: `http://${hostOf(place)}/v2/`,
    log,
    directory: repositoryRoot,
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
export function hostOf({ port }: Place): string {
  return `127.0.0.1:${port}`
}

export function dataIn({ folder }: Place): string {
  return join(folder, 'data')
}

/** The program `wasmoor` and its first words, from the root of the repository. */
export function wasmoor(built: boolean): [string, ...string[]] {
  return built ? ['bin/wasmoor'] : [process.execPath, 'src/main.ts']
}

/** Settings of the person at the keyboard must not reach the program under test. */
export function cleanEnvironment(): Environment {
  return environmentWithout('WASMOOR_', 'REGISTRY_')
}
