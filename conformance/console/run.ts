import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exitCodes, runMain, sharedOptions } from '../command-line.ts'
import { execute } from '../execute.ts'
import { freePort } from '../free-port.ts'
import { repositoryRoot, withServer } from '../server.ts'
import { takeStep, type Verdict } from '../steps.ts'
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
  const verdicts = [
    ...(await play('a registry with accounts', { built, shown, isOpen: false }, [
      ...pictures,
      ...story,
      ...hostile,
      ...troubles,
    ])),
    ...(await play('an open registry', { built, shown, isOpen: true }, foreign)),
  ]
  const count = (wanted: Verdict) => verdicts.filter((verdict) => verdict === wanted).length
  const [failed, notRun] = [count('FAIL'), count('NOT RUN')]
  console.log(`\n${count('PASS')} passed, ${failed} failed, ${notRun} not run`)
  console.log(`Pictures: ${shown}`)
  if (failed > 0) return exitCodes.failed
  return notRun > 0 ? exitCodes.notRun : exitCodes.passed
}

/** The pages of the sources that are here, not those that were built before. */
async function build(): Promise<void> {
  const script = join(repositoryRoot, 'scripts', 'build-console.mjs')
  const { exitCode, stderr } = await execute(process.execPath, [script])
  if (exitCode !== 0) throw new Error(`the console could not be built:\n${stderr}`)
}

interface Setting {
  readonly built: boolean
  readonly shown: string
  readonly isOpen: boolean
}

async function play(
  title: string,
  { built, shown, isOpen }: Setting,
  proofs: readonly Proof[],
): Promise<Verdict[]> {
  console.log(`\n${title}`)
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-console-'))
  const place = { port: await freePort(), folder }
  const server = {
    log: join(results, `${isOpen ? 'open' : 'accounts'}.log`),
    environment: {},
    accounts: isOpen ? undefined : [engineer],
    built,
  }
  const verdicts: Verdict[] = []
  try {
    await withServer(place, server, async () => {
      const scene = new Scene(place, shown, isOpen ? undefined : engineer)
      for (const proof of proofs) verdicts.push(await takeStep(proof.name, () => proof.play(scene)))
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return verdicts
}

await runMain(main)
