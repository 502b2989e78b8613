import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { EXIT_CODES, runMain } from '../command-line.ts'
import { freePort } from '../free-port.ts'
import { summarizeSteps, PrerequisiteMissing, runStep, type StepResult } from '../steps.ts'
import { ToolUnavailable } from '../tools/cache.ts'
import { Docker } from './docker.ts'
import { imageSteps } from './image.ts'
import { NODE_STEPS } from './node.ts'
import type { ContainerFixture, ContainerStep } from './fixture.ts'
import { removeContainer, VOLUME_STEPS } from './volume.ts'

const RESULTS = join(import.meta.dirname, '..', 'results', 'container')

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { base: { type: 'string' } } })
  await rm(RESULTS, { recursive: true, force: true })
  await mkdir(RESULTS, { recursive: true })
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-container-'))
  const results: StepResult[] = []
  try {
    const docker = await Docker.start(folder, join(RESULTS, 'dockerd.log'))
    const fixture: ContainerFixture = {
      docker,
      folder,
      results: RESULTS,
      host: `127.0.0.1:${await freePort()}`,
    }
    try {
      for (const step of [...imageSteps(values.base), ...VOLUME_STEPS, ...NODE_STEPS])
        results.push(
          await runStep(step.name, () => runUnlessFirstFailed(results[0], step, fixture)),
        )
    } finally {
      await removeContainer(fixture)
      await docker.stop()
    }
  } catch (error) {
    if (!(error instanceof ToolUnavailable)) throw error
    console.log(`NOT RUN: ${error.message}`)
    return EXIT_CODES.notRun
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return summarizeSteps(results)
}

/** All steps need the image that the first one builds. */
async function runUnlessFirstFailed(
  first: StepResult | undefined,
  step: ContainerStep,
  fixture: ContainerFixture,
): Promise<void> {
  if (first !== undefined && first !== 'PASS')
    throw new PrerequisiteMissing('the image was not built')
  await step.run(fixture)
}

await runMain(main)
