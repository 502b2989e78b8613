import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { isolatedEnvironment } from '../isolated-environment.ts'
import { envoyConfig } from '../story/envoy.ts'
import { ensureTool } from '../tools.ts'
import { expectVerdict, inspected, rowOf } from './inspected.ts'
import { compileIn, modules, type TestModule } from './modules.ts'
import type { Site, SiteStep } from './site.ts'

/**
 * Every verdict about Envoy, checked against Envoy: in validation mode it loads, links and asks a
 * module as it does in service.
 */
export const envoyVerdicts: readonly SiteStep[] = modules.map((module) => ({
  name: `Envoy and the matrix agree on: ${module.name} (${module.rule})`,
  play: (site) => compare(site, module),
}))

async function compare(site: Site, module: TestModule): Promise<void> {
  const { path: envoy } = await ensureTool('envoy')
  const file = join(site.workshop, `${modules.indexOf(module)}.wasm`)
  await writeFile(file, await module.bytes(await compileIn(site.workshop)))
  const { run } = rowOf(await inspected(site.wasmoor, file), 'envoy')
  if (run.rule !== module.rule) throw new Error(`the matrix says ${run.rule}`)
  const { exitCode, said } = await validate(envoy, file, site.workshop)
  expectVerdict(run, exitCode === 0, said)
}

async function validate(envoy: string, file: string, folder: string) {
  const config = join(folder, 'envoy.json')
  await writeFile(config, JSON.stringify(envoyConfig(10_000, 10_001, file)))
  const args = ['-c', config, '--mode', 'validate', '--log-level', 'error', '--disable-hot-restart']
  const environment = isolatedEnvironment(folder)
  const { exitCode, stdout, stderr } = await execute(envoy, args, { environment })
  return { exitCode, said: `${stderr}${stdout.toString()}` }
}
