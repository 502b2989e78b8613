import { target, type Source } from './source.ts'

/** The faults in a tree of sources: a sentence for each, beginning with the path of the file. */
export type Rule = (sources: readonly Source[]) => string[]

/** The rooms that each room may import. Every file of src is in one of these rooms. */
export const MAY_IMPORT: Partial<Record<string, readonly string[]>> = {
  main: ['app', 'cli', 'config', 'log', 'oci', 'base'],
  app: [
    'http',
    'observability',
    'auth',
    'wasm',
    'registry',
    'storage',
    'api',
    'oci',
    'base',
    'config',
    'log',
  ],
  http: ['observability', 'auth', 'wasm', 'registry', 'storage', 'api', 'oci', 'base'],
  observability: ['storage', 'api', 'oci', 'base'],
  auth: ['storage', 'api', 'oci', 'base'],
  wasm: ['registry', 'storage', 'api', 'oci', 'base'],
  registry: ['storage', 'api', 'oci', 'base'],
  storage: ['oci', 'base'],
  api: ['oci', 'base'],
  oci: [],
  base: [],
  config: ['wasm', 'oci', 'base'],
  log: ['config', 'base'],
  // Commands are clients: they talk HTTP or read a local file.
  cli: ['auth', 'wasm', 'api', 'oci', 'base', 'config', 'log'],
  // The console is a client of the public API: it shares the wire types, and no code of the server.
  console: ['api', 'wasm'],
  // A client of the running registry.
  conformance: [],
}

/** The folders of src/wasm: each imports only itself and the folders before it. */
export const WASM_FLOORS = [
  'read',
  'model',
  'consumers',
  'assess',
  'layouts',
  'policy',
  'report',
  'snippets',
  'live',
]

/** Files that are a room, or part of one, by themselves. */
const ROOM_OF_FILE: Partial<Record<string, string>> = {
  'src/main.ts': 'main',
  'src/serve.ts': 'main',
  'src/app.ts': 'app',
  'src/config.ts': 'config',
  'src/log.ts': 'log',
}

/** Where a package may be imported by the product. */
const PACKAGE_BELONGS: Partial<Record<string, RegExp>> = {
  koa: /^src\/(http\/|app\.ts)/,
  '@koa/router': /^src\/(http\/|app\.ts)/,
  level: /^storage\/level\//,
  'classic-level': /^storage\/level\//,
  'abstract-level': /^storage\/level\//,
  jose: /^src\/auth\//,
  pino: /^src\/log\.ts/,
  'pino-pretty': /^src\/log\.ts/,
  '@opentelemetry/api': /^src\/observability\/metrics\//,
  '@opentelemetry/exporter-prometheus': /^src\/observability\/metrics\//,
  '@opentelemetry/sdk-metrics': /^src\/observability\/metrics\//,
  preact: /^console\//,
  vite: /^scripts\/build-console\.mjs$/,
}

/** The texts of the console, one file for each language, of any length. */
const STRINGS = /^console\/language\/(en|zh)\.ts$/

const MAY_READ_ENVIRONMENT = /^src\/(config\.ts|config\/)/

/** A room imports only what the table allows. */
export const arrows: Rule = (sources) =>
  sources.flatMap((source) => {
    const room = roomOf(source.path)
    const allowed = MAY_IMPORT[room]
    if (!allowed) return source.path.startsWith('src/') ? [`${source.path} is in no room`] : []
    return targets(source)
      .filter((path) => roomOf(path) !== room && !allowed.includes(roomOf(path)))
      .map((path) => `${source.path} imports ${path}: ${room} must not know ${roomOf(path)}`)
  })

/** A folder of src/wasm imports only folders before it. */
export const floors: Rule = (sources) =>
  sources.flatMap((source) => {
    const floor = floorOf(source.path)
    if (floor === undefined) return []
    if (floor < 0) return [`${source.path} is in no folder of src/wasm that this rule knows`]
    return targets(source)
      .filter((path) => (floorOf(path) ?? -1) > floor)
      .map((path) => `${source.path} imports ${path}, which is above it`)
  })

export const packages: Rule = (sources) =>
  sources.filter(isProduct).flatMap(({ path, imports }) =>
    imports
      .map(packageOf)
      .filter((name) => PACKAGE_BELONGS[name]?.test(path) === false)
      .map((name) => `${path} imports ${name}, which belongs elsewhere`),
  )

export const environment: Rule = (sources) =>
  sources
    .filter((source) => isProduct(source) && !MAY_READ_ENVIRONMENT.test(source.path))
    .filter(({ code }) => /\bprocess\??\.env\b|\benv\b[^;]*from 'node:process'/.test(code))
    .map(({ path }) => `${path} reads the environment, which src/config does`)

export const cycles: Rule = (sources) => {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const finished = new Set<string>()
  const faults: string[] = []
  const visit = (path: string, above: readonly string[]): void => {
    const source = byPath.get(path)
    if (!source || finished.has(path)) return
    if (above.includes(path)) {
      faults.push([...above.slice(above.indexOf(path)), path].join(' → '))
      return
    }
    for (const next of targets(source)) visit(next, [...above, path])
    finished.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return faults
}

export const defaultExports: Rule = (sources) =>
  sources
    .filter(({ code }) => /^export (default\b|\{[^}]*\bas default\b)/m.test(code))
    .map(({ path }) => `${path} has a default export`)

/** A file that only re-exports hides the dependencies between the others. */
export const barrels: Rule = (sources) =>
  sources
    .filter(({ code }) => /^export\b[^'=]*\bfrom '/m.test(code))
    .filter(({ code }) => code.replace(/^(import|export)\b[^'=]*'[^']*';?/gm, '').trim() === '')
    .map(({ path }) => `${path} only re-exports`)

export const names: Rule = (sources) =>
  sources
    .filter(({ path }) => /(^|\/)(utils?|helpers?|common)(\/|\.)/.test(path))
    .map(({ path }) => `${path}: name it by what it is`)

export const lengths: Rule = (sources) =>
  sources
    .filter(({ path }) => !STRINGS.test(path))
    .filter(({ path, lines }) => lines > (path.startsWith('test/') ? 400 : 250))
    .map(({ path, lines }) => `${path} has ${lines} lines`)

/** Position of the file's folder in src/wasm; -1 for an unknown folder, undefined elsewhere. */
const floorOf = (path: string): number | undefined => {
  const folder = /^src\/wasm\/([^/]+)\//.exec(path)?.[1]
  if (folder === undefined) return path.startsWith('src/wasm/') ? -1 : undefined
  return WASM_FLOORS.indexOf(folder)
}

const targets = (source: Source): string[] =>
  source.imports.map((specifier) => target(source, specifier)).filter((path) => path !== undefined)

const isProduct = ({ path }: Source) => /^(src|storage)\//.test(path)

/** `@koa/router` of `@koa/router/x`. */
const packageOf = (specifier: string) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? ''

/** `http` of `src/http/handlers/blobs.ts`, `storage` of `storage/keys.ts`. */
function roomOf(path: string): string {
  const [top = '', folder = ''] = path.split('/')
  return ROOM_OF_FILE[path] ?? (top === 'src' ? folder : top)
}
