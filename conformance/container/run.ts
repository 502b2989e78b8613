import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exitCodes, runMain } from '../command-line.ts'
import { freePort } from '../free-port.ts'
import { concludeSteps, NothingToWorkOn, takeStep, type Verdict } from '../steps.ts'
import { ToolUnavailable } from '../tools/cache.ts'
import { Docker } from './docker.ts'
import { imageSteps } from './image.ts'
import { nodeSteps } from './node.ts'
import type { Scene, SceneStep } from './scene.ts'
import { removeContainer, volumeSteps } from './volume.ts'

const results = join(import.meta.dirname, '..', 'results', 'container')

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { base: { type: 'string' } } })
  await rm(results, { recursive: true, force: true })
  await mkdir(results, { recursive: true })
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-container-'))
  const verdicts: Verdict[] = []
  try {
    const docker = await Docker.start(folder, join(results, 'dockerd.log'))
    const scene: Scene = { docker, folder, results, host: `127.0.0.1:${await freePort()}` }
    try {
      for (const step of [...imageSteps(values.base), ...volumeSteps, ...nodeSteps])
        verdicts.push(await takeStep(step.name, () => playOn(verdicts[0], step, scene)))
    } finally {
      await removeContainer(scene)
      await docker.stop()
    }
  } catch (error) {
    if (!(error instanceof ToolUnavailable)) throw error
    console.log(`NOT RUN: ${error.message}`)
    return exitCodes.notRun
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return concludeSteps(verdicts)
}

/** The first step builds what all others work on. */
async function playOn(first: Verdict | undefined, step: SceneStep, scene: Scene): Promise<void> {
  if (first !== undefined && first !== 'PASS') throw new NothingToWorkOn('there is no image')
  await step.play(scene)
}

await runMain(main)
