import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runMain, sharedOptions } from '../command-line.ts'
import { execute, type Environment } from '../execute.ts'
import { freePort } from '../free-port.ts'
import { repositoryRoot, withServer } from '../server.ts'
import { concludeSteps, takeStep, type Verdict } from '../steps.ts'
import type { Credentials } from '../target.ts'
import { anonymous, ANONYMOUS_PULL, open } from './entering.ts'
import { foreign, hostile } from './hostile.ts'
import { pictures } from './pictures.ts'
import { engineer, type Proof, Scene } from './scene.ts'
import { story } from './story.ts'
import { troubles } from './troubles.ts'

const results = join(import.meta.dirname, '..', 'results', 'console')
const screenshots = join(repositoryRoot, 'docs', 'screenshots')

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { built: sharedOptions.built, screenshots: { type: 'boolean', default: false } },
  })
  await rm(results, { recursive: true, force: true })
  await mkdir(results, { recursive: true })
  await build()
  const { built } = values
  const shown = values.screenshots ? screenshots : results
  const verdicts: Verdict[] = []
  for (const setting of SETTINGS) verdicts.push(...(await play(setting, shown, built)))
  const exitCode = concludeSteps(verdicts)
  console.log(`Pictures: ${shown}`)
  return exitCode
}

/** The pages of the sources that are here, not those that were built before. */
async function build(): Promise<void> {
  const script = join(repositoryRoot, 'scripts', 'build-console.mjs')
  const { exitCode, stderr } = await execute(process.execPath, [script])
  if (exitCode !== 0) throw new Error(`the console could not be built:\n${stderr}`)
}

interface Setting {
  readonly name: string
  readonly accounts: readonly Credentials[] | undefined
  readonly environment: Environment
  readonly proofs: readonly Proof[]
}

const SETTINGS: readonly Setting[] = [
  {
    name: 'accounts',
    accounts: [engineer],
    environment: {},
    proofs: [...pictures, ...story, ...hostile, ...troubles],
  },
  {
    name: 'anonymous-pull',
    accounts: [engineer],
    environment: ANONYMOUS_PULL,
    proofs: anonymous,
  },
  { name: 'open', accounts: undefined, environment: {}, proofs: [...open, ...foreign] },
]

async function play(
  { name, accounts, environment, proofs }: Setting,
  shown: string,
  built: boolean,
): Promise<Verdict[]> {
  console.log(`\n${name}`)
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-console-'))
  const place = { port: await freePort(), folder }
  const server = { log: join(results, `${name}.log`), environment, accounts, built }
  const verdicts: Verdict[] = []
  try {
    await withServer(place, server, async () => {
      const scene = new Scene(place, shown, accounts && engineer)
      for (const proof of proofs) verdicts.push(await takeStep(proof.name, () => proof.play(scene)))
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return verdicts
}

await runMain(main)
