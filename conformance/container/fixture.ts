import { setTimeout as sleep } from 'node:timers/promises'
import type { Docker } from './docker.ts'

export const IMAGE = 'wasmoor:conformance'
const TIMEOUT_SECONDS = 30

/** The Docker daemon, folders and address of the steps. */
export interface ContainerFixture {
  readonly docker: Docker
  /** The folder for files of the steps. */
  readonly folder: string
  readonly results: string
  /** The address of the registry: 127.0.0.1:PORT. */
  readonly host: string
}

export interface ContainerStep {
  readonly name: string
  run(fixture: ContainerFixture): Promise<void>
}

/** Runs a container in the background until `use` resolves, and removes it. */
export async function withContainer(
  { docker }: ContainerFixture,
  args: readonly string[],
  use: (container: string) => Promise<void>,
): Promise<void> {
  const container = await docker.run(['run', '--detach', ...args])
  try {
    await use(container)
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await docker.logs(container)}`, {
      cause: error,
    })
  } finally {
    await docker.run(['rm', '--force', '--volumes', container])
  }
}

/** Polls the condition until it holds.
 * @throws Error after a timeout */
export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < TIMEOUT_SECONDS * 4; tries++) {
    if (await isSo().catch(() => false)) return
    await sleep(250)
  }
  throw new Error(`not true within ${TIMEOUT_SECONDS} s: ${what}`)
}

/** The response to a GET request from inside the container, with headers. */
export function getInside(
  fixture: ContainerFixture,
  container: string,
  path: string,
): Promise<string> {
  const url = `http://127.0.0.1:5000${path}`
  const wget = ['wget', '--quiet', '--save-headers', '--output-document=-', url]
  return fixture.docker.run(['exec', container, ...wget])
}
