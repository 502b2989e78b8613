import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  CONFIG_FILE,
  CONFIG_TYPE,
  FILTER_FILE,
  FILTER_TYPE,
  IMAGE_LAYER,
  RUNTIME_CONFIG,
  WASM_MODULE,
} from '../clients/artifacts.ts'
import { expectEqual } from '../expect.ts'
import { runMain, SHARED_OPTIONS } from '../command-line.ts'
import { freePort } from '../free-port.ts'
import { dataIn, hostOf, withServer } from '../server.ts'
import { summarizeSteps, PrerequisiteMissing, runStep, type StepResult } from '../steps.ts'
import { Program } from '../program.ts'
import { ensureTool } from '../tools.ts'
import { Distribution } from './distribution.ts'

const RESULTS = join(import.meta.dirname, '..', 'results', 'import')

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { built: SHARED_OPTIONS.built } })
  await rm(RESULTS, { recursive: true, force: true })
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-import-'))
  const location = { port: await freePort(), folder }
  const importRun = new ImportRun(folder, hostOf(location), dataIn(location), values.built)
  const results: StepResult[] = []
  try {
    const server = { log: join(RESULTS, 'server.log'), environment: {}, built: values.built }
    await withServer(location, server, async () => {
      for (const [name, step] of importRun.steps) results.push(await runStep(name, step))
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return summarizeSteps(results)
}

/** Imports the content of a docker-registry into Wasmoor and compares both. */
class ImportRun {
  readonly steps: readonly (readonly [string, () => Promise<void>])[] = [
    ['crane and oras push content of all kinds to docker-registry', () => this.#fill()],
    ['docker-registry collects a deleted image', () => this.#collect()],
    [
      'import-registry imports the content, and changes no file of the source',
      () => this.#import(),
    ],
    [
      'crane finds the same tags, digests and bytes, and validates the images',
      () => this.#compare(),
    ],
    ['oras finds the referrer', () => this.#referrer()],
    ['a second import finds nothing to do', () => this.#again()],
    ['a third import adds only what was pushed since', () => this.#more()],
  ]
  readonly #folder: string
  readonly #host: string
  readonly #data: string
  readonly #built: boolean
  #source: Distribution | undefined
  /** The output of `crane manifest`, by repository and tag. */
  readonly #expected = new Map<string, string>()
  #moved = false

  constructor(folder: string, host: string, data: string, built: boolean) {
    this.#folder = folder
    this.#host = host
    this.#data = data
    this.#built = built
  }

  async #fill(): Promise<void> {
    const [crane, oras] = [await this.#client('crane'), await this.#client('oras')]
    const source = await Distribution.make(this.#folder, join(RESULTS, 'distribution.log'))
    await writeFile(join(this.#folder, FILTER_FILE), WASM_MODULE)
    await writeFile(join(this.#folder, CONFIG_FILE), RUNTIME_CONFIG)
    await writeFile(join(this.#folder, 'layer.tgz'), IMAGE_LAYER)
    const at = (name: string) => `${source.host}/${name}`
    const wasm = [`${CONFIG_FILE}:${CONFIG_TYPE}`, `${FILTER_FILE}:${FILTER_TYPE}`] as const
    await source.serve(async () => {
      await crane.run(['append', '-f', 'layer.tgz', '-t', at('docker/app:v1')])
      await crane.run([
        'append',
        '--oci-empty-base',
        '-f',
        'layer.tgz',
        '-t',
        at('team/oci/app:v1'),
      ])
      await crane.run(['append', '-f', FILTER_FILE, '-t', at('docker/app:deleted')])
      const list = ['index', 'append', '--docker-empty-base', '-m', at('docker/app:v1')]
      await crane.run([...list, '-t', at('docker/app:multi')])
      const index = ['index', 'append', '-m', at('team/oci/app:v1')]
      await crane.run([...index, '-t', at('team/oci/app:multi')])
      await oras.run(['push', '--plain-http', at('filter:v1'), '--config', wasm[0], wasm[1]])
      await oras.run(['tag', '--plain-http', at('filter:v1'), 'latest'])
      const note = ['--artifact-type', 'application/x-note', `${CONFIG_FILE}:application/json`]
      await oras.run(['attach', '--plain-http', at('filter:v1'), ...note])
      await crane.run(['copy', at('team/oci/app:v1'), at('copy/of/app:v9')])
      const gone = await crane.run(['digest', at('docker/app:deleted')])
      await crane.run(['delete', at(`docker/app@${gone.trim()}`)])
    })
    this.#source = source
  }

  async #collect(): Promise<void> {
    await this.#filled.collectGarbage()
    await this.#filled.serve(() => this.#remember())
    if (this.#expected.size < 8) throw new Error(`only ${this.#expected.size} tags are there`)
  }

  async #import(): Promise<void> {
    const before = await fingerprint(this.#filled.root)
    const printed = await this.#importRegistry()
    console.log(printed.trimEnd().replace(/^/gm, ' '.repeat(11)))
    expectEqual(await fingerprint(this.#filled.root), before)
    this.#moved = true
  }

  async #compare(): Promise<void> {
    this.#needMoved()
    const crane = await this.#client('crane')
    const catalog = lines(await crane.run(['catalog', this.#host]))
    const names = new Set([...this.#expected.keys()].map((name) => name.split(':')[0] ?? ''))
    expectEqual(catalog, [...names].toSorted())
    for (const name of names) {
      const tags = lines(await crane.run(['ls', `${this.#host}/${name}`]))
      const expected = [...this.#expected.keys()].filter((each) => each.startsWith(`${name}:`))
      expectEqual(tags.map((tag) => `${name}:${tag}`).toSorted(), expected.toSorted())
    }
    for (const [reference, manifest] of this.#expected) {
      expectEqual(await crane.run(['manifest', `${this.#host}/${reference}`]), manifest)
      const digest = await crane.run(['digest', `${this.#host}/${reference}`])
      expectEqual(digest.trim(), `sha256:${hashOf(manifest)}`)
      const blobs = manifest.matchAll(/"digest":\s*"(sha256:[0-9a-f]{64})"/g)
      for (const [, blob = ''] of manifest.includes('"layers"') ? blobs : [])
        await crane.run(['blob', `${this.#host}/${reference.split(':')[0]}@${blob}`])
    }
    for (const image of ['docker/app:v1', 'docker/app:multi', 'team/oci/app:multi'])
      await crane.run(['validate', '--remote', `${this.#host}/${image}`])
  }

  async #referrer(): Promise<void> {
    this.#needMoved()
    const oras = await this.#client('oras')
    const found = ['discover', '--plain-http', '--distribution-spec', 'v1.1-referrers-api']
    const tree = await oras.run([...found, `${this.#host}/filter:v1`])
    if (!tree.includes('application/x-note')) throw new Error(tree)
  }

  async #again(): Promise<void> {
    this.#needMoved()
    const printed = await this.#importRegistry()
    if (!printed.includes('nothing to import')) throw new Error(printed)
  }

  async #more(): Promise<void> {
    this.#needMoved()
    const crane = await this.#client('crane')
    const { host } = this.#filled
    await this.#filled.serve(async () => {
      await crane.run(['append', '-f', 'layer.tgz', '-t', `${host}/new/app:v1`])
    })
    const printed = await this.#importRegistry()
    if (!printed.startsWith('new/app: 1 manifests, 1 tags, 2 blobs')) throw new Error(printed)
  }

  async #remember(): Promise<void> {
    const crane = await this.#client('crane')
    const { host } = this.#filled
    for (const name of lines(await crane.run(['catalog', host]))) {
      for (const tag of lines(await crane.run(['ls', `${host}/${name}`]))) {
        const manifest = await crane.run(['manifest', `${host}/${name}:${tag}`])
        this.#expected.set(`${name}:${tag}`, manifest)
      }
    }
  }

  #importRegistry(): Promise<string> {
    const place = ['--host', '127.0.0.1', '--port', this.#host.split(':')[1] ?? '']
    const args = ['import-registry', this.#filled.root, ...place, '--data', this.#data]
    return Program.forWasmoor(this.#built).run(args)
  }

  async #client(tool: 'crane' | 'oras'): Promise<Program> {
    const { path } = await ensureTool(tool)
    await mkdir(join(this.#folder, 'home'), { recursive: true })
    return Program.forClient(path, this.#folder, join(this.#folder, 'home'))
  }

  get #filled(): Distribution {
    if (this.#source) return this.#source
    throw new PrerequisiteMissing('there is no docker-registry to import')
  }

  #needMoved(): void {
    if (!this.#moved) throw new PrerequisiteMissing('nothing was imported')
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function hashOf(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A hash of all file names, times and bytes. */
async function fingerprint(root: string): Promise<string> {
  const parts: string[] = []
  for (const name of (await readdir(root, { recursive: true })).toSorted()) {
    const found = await stat(join(root, name))
    const bytes = found.isFile() ? hashOf(await readFile(join(root, name))) : ''
    parts.push(`${name} ${found.mtimeMs} ${bytes}`)
  }
  return hashOf(parts.join('\n'))
}

await runMain(main)
