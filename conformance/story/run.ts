import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runMain, SHARED_OPTIONS } from '../command-line.ts'
import { freePort } from '../free-port.ts'
import { withServer } from '../server.ts'
import { summarizeSteps, runStep, type StepResult } from '../steps.ts'
import { MESH_STEPS, POLICIES } from './layouts.ts'
import { PULL_STEPS } from './pulling.ts'
import { PUSH_STEPS } from './pushing.ts'
import { REFUSAL_STEPS } from './refusals.ts'
import { ENGINEER, PULLER, StoryFixture } from './fixture.ts'

const RESULTS = join(import.meta.dirname, '..', 'results', 'story')

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { built: SHARED_OPTIONS.built } })
  await rm(RESULTS, { recursive: true, force: true })
  await mkdir(RESULTS, { recursive: true })
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-story-'))
  let results: StepResult[]
  try {
    results = await runStory(
      new StoryFixture({ port: await freePort(), folder }, RESULTS, values.built),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const exitCode = summarizeSteps(results)
  console.log(`Logs, and the configuration of Envoy: ${RESULTS}`)
  return exitCode
}

/** Runs all steps, also after one has failed. */
async function runStory(fixture: StoryFixture): Promise<StepResult[]> {
  const results: StepResult[] = []
  const runAndRecord = async (name: string, step: () => Promise<void>) => {
    results.push(await runStep(name, step))
  }
  await runAndRecord('wasmoor secret makes the pull Secret, which mesh and registry mount', () =>
    fixture.mountSecretOf(PULLER, 'asmwasm-cache'),
  )
  const server = {
    log: join(RESULTS, 'server.log'),
    environment: {
      WASMOOR_AUTH_DOCKERCONFIGJSON: fixture.secret('asmwasm-cache'),
      WASMOOR_AUTH_HOSTS: JSON.stringify([fixture.host]),
      WASMOOR_AUTH_TOKENS: 'true',
    },
    accounts: [ENGINEER],
    built: fixture.built,
  }
  await withServer(fixture.location, server, async () => {
    for (const step of [...PUSH_STEPS, ...PULL_STEPS, ...REFUSAL_STEPS]) {
      await runAndRecord(step.name, () => step.run(fixture))
    }
  })
  // Istio does not fetch tokens from a loopback address, so this server asks for Basic.
  const environment = {
    ...server.environment,
    WASMOOR_AUTH_CHALLENGE: 'basic',
    WASMOOR_WASM_POLICIES: JSON.stringify(POLICIES),
  }
  const again = { ...server, environment, log: join(RESULTS, 'server-mesh.log') }
  await withServer(fixture.location, again, async () => {
    for (const step of MESH_STEPS) await runAndRecord(step.name, () => step.run(fixture))
  })
  return results
}

await runMain(main)
