import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runMain, sharedOptions } from '../command-line.ts'
import { freePort } from '../free-port.ts'
import { withServer } from '../server.ts'
import { concludeSteps, takeStep, type Verdict } from '../steps.ts'
import { meshes, policies } from './layouts.ts'
import { pulling } from './pulling.ts'
import { pushing } from './pushing.ts'
import { refusals } from './refusals.ts'
import { engineer, puller, Stage } from './stage.ts'

const results = join(import.meta.dirname, '..', 'results', 'story')

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { built: sharedOptions.built } })
  await rm(results, { recursive: true, force: true })
  await mkdir(results, { recursive: true })
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-story-'))
  let verdicts: Verdict[]
  try {
    verdicts = await tell(new Stage({ port: await freePort(), folder }, results, values.built))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const exitCode = concludeSteps(verdicts)
  console.log(`Logs, and the configuration of Envoy: ${results}`)
  return exitCode
}

/** From a filter's source to the header in an answer; each step is tried even if one before it failed. */
async function tell(stage: Stage): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  const take = async (name: string, step: () => Promise<void>) => {
    verdicts.push(await takeStep(name, step))
  }
  await take('wasmoor secret makes the pull Secret; mesh and registry mount it', () =>
    stage.mountSecretOf(puller, 'asmwasm-cache'),
  )
  const server = {
    log: join(results, 'server.log'),
    environment: {
      WASMOOR_AUTH_DOCKERCONFIGJSON: stage.secret('asmwasm-cache'),
      WASMOOR_AUTH_HOSTS: JSON.stringify([stage.host]),
      WASMOOR_AUTH_TOKENS: 'true',
    },
    accounts: [engineer],
    built: stage.built,
  }
  await withServer(stage.place, server, async () => {
    for (const step of [...pushing, ...pulling, ...refusals]) {
      await take(step.name, () => step.play(stage))
    }
  })
  // Istio fetches no token from an address of this machine: here it is asked for the password.
  const environment = {
    ...server.environment,
    WASMOOR_AUTH_CHALLENGE: 'basic',
    WASMOOR_WASM_POLICIES: JSON.stringify(policies),
  }
  const again = { ...server, environment, log: join(results, 'server-of-meshes.log') }
  await withServer(stage.place, again, async () => {
    for (const step of meshes) await take(step.name, () => step.play(stage))
  })
  return verdicts
}

await runMain(main)
