import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { EXIT_CODES, runMain, SHARED_OPTIONS } from '../command-line.ts'
import { runStep, type StepResult } from '../steps.ts'
import { Program } from '../program.ts'
import { cached, contentVersion, ToolUnavailable } from '../tools/cache.ts'
import { installNodePackages } from '../tools/packages.ts'
import { compareComponent, compareModule } from './compare.ts'
import { factsOf } from './facts.ts'
import { loadWasmTools, makeComponents } from './wasm-tools.ts'

const CORPUS = join(import.meta.dirname, 'corpus')

/** Compares the facts about every file of the corpus with those of V8 and wasm-tools. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { built: SHARED_OPTIONS.built } })
  const wasmoor = Program.forWasmoor(values.built)
  const installed = await install()
  const tools = await loadWasmTools(installed)
  const results: StepResult[] = []
  for (const path of await modulesIn(join(installed, 'node_modules'))) {
    const name = relative(join(installed, 'node_modules'), path)
    const step = async () => {
      const file = new Uint8Array(await readFile(path))
      compareModule(tools, file, await factsOf(wasmoor, path))
    }
    results.push(await runStep(name, step))
  }
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-oracles-'))
  try {
    for (const [title, file] of makeComponents(tools)) {
      const path = join(folder, 'component.wasm')
      await writeFile(path, file)
      const step = async () => compareComponent(tools, file, await factsOf(wasmoor, path))
      results.push(await runStep(`component: ${title}`, step))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const failed = results.filter((result) => result !== 'PASS').length
  console.log(`\n${results.length - failed} files compared equal, ${failed} did not`)
  return failed > 0 ? EXIT_CODES.failed : EXIT_CODES.passed
}

/** Installs the corpus, and returns its folder. */
async function install(): Promise<string> {
  const version = await contentVersion(CORPUS, (file) => /^package.*\.json$/.test(file))
  return cached(`oracles-${version}`, (workshop) => installNodePackages(CORPUS, workshop))
}

async function modulesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true })
  return entries
    .filter((entry) => entry.endsWith('.wasm'))
    .toSorted()
    .map((entry) => join(folder, entry))
}

await runMain(async () => {
  try {
    return await main()
  } catch (error) {
    if (!(error instanceof ToolUnavailable)) throw error
    console.log(`NOT RUN: ${error.message}`)
    return EXIT_CODES.notRun
  }
})
