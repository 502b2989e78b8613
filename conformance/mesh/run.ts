import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runMain, SHARED_OPTIONS } from '../command-line.ts'
import { freePort } from '../free-port.ts'
import { hostOf, withServer } from '../server.ts'
import { summarizeSteps, runStep, type StepResult } from '../steps.ts'
import { envoyVerdicts } from './envoy-verdicts.ts'
import { namespacePrefix, packages } from './packages.ts'
import { pushing } from './pushing.ts'
import { running } from './running.ts'
import { snippets } from './snippets.ts'
import { Site, type SiteStep } from './site.ts'
import { quiet } from './quiet.ts'
import { WarningWatch } from './warning-watch.ts'

const results = join(import.meta.dirname, '..', 'results', 'mesh')

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { built: SHARED_OPTIONS.built } })
  await rm(results, { recursive: true, force: true })
  await mkdir(results, { recursive: true })
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-mesh-'))
  const place = { port: await freePort(), folder }
  const watch = await WarningWatch.open(hostOf(place))
  const site = new Site(hostOf(place), watch, folder, results, values.built)
  await mkdir(site.workshop, { recursive: true })
  const steps: readonly SiteStep[] = [
    ...pushing,
    ...quiet,
    ...snippets,
    ...running,
    ...packages,
    ...envoyVerdicts,
  ]
  const verdicts: StepResult[] = []
  try {
    const server = {
      log: join(results, 'server.log'),
      environment: { WASMOOR_WKG_NAMESPACE_PREFIX: namespacePrefix },
      built: values.built,
    }
    await withServer(place, server, async () => {
      for (const step of steps) verdicts.push(await runStep(step.name, () => step.play(site)))
    })
  } finally {
    await watch.close()
    await rm(folder, { recursive: true, force: true })
  }
  return summarizeSteps(verdicts)
}

await runMain(main)
