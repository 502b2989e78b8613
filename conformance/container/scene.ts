import { setTimeout as sleep } from 'node:timers/promises'
import type { Docker } from './docker.ts'

export const IMAGE = 'wasmoor:conformance'
const BEHIND_SECONDS = 30

/** Everything that the steps work with. */
export interface Scene {
  readonly docker: Docker
  /** For files of the steps. */
  readonly folder: string
  readonly results: string
  /** Where the registry of the steps is reached: 127.0.0.1:PORT. */
  readonly host: string
}

export interface SceneStep {
  readonly name: string
  play(scene: Scene): Promise<void>
}

/** Runs a container in the background, lends it out until it is no longer used, and removes it. */
export async function withContainer(
  { docker }: Scene,
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

/** Asks again until it is so. */
export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < BEHIND_SECONDS * 4; tries++) {
    if (await isSo().catch(() => false)) return
    await sleep(250)
  }
  throw new Error(`not within ${BEHIND_SECONDS} s: ${what}`)
}

/** What a program inside a container is answered. */
export function ask(scene: Scene, container: string, path: string): Promise<string> {
  const url = `http://127.0.0.1:5000${path}`
  const wget = ['wget', '--quiet', '--save-headers', '--output-document=-', url]
  return scene.docker.run(['exec', container, ...wget])
}

export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (one !== other) throw new Error(`${what}: ${one}, expected ${other}`)
}
