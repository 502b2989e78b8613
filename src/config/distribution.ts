import { parse } from 'yaml'
import { dangerOf, meaningOf } from './distribution-keys.ts'
import { linksLeftOut, type Environment } from './environment.ts'
import { isTree, type ConfigFile, type Tree } from './file.ts'
import { keyOfPath } from './keys.ts'
import type { Setting } from './problems.ts'

/** A value of the configuration of distribution (registry:2, registry:3): its path in lower case, and where it stands. */
interface Value {
  readonly path: string
  readonly value: unknown
  readonly source: string
}

export interface Translation {
  readonly settings: readonly Setting[]
  readonly problems: readonly string[]
  /** What was left out. */
  readonly warnings: readonly string[]
}

const PREFIX = 'REGISTRY_'
const FILE = `${PREFIX}CONFIGURATION_PATH`
const CORS = /^http\.headers\.(access-control-.+)$/

/** Whether a file is written for distribution: those all begin with `version: 0.1`. */
export function isDistributionFile({ tree }: ConfigFile): boolean {
  return String(tree['version']) === '0.1'
}

/** The file that distribution would read without one on the command line. */
export function distributionFile(environment: Environment): string | undefined {
  return environment[FILE]
}

/** What a file and the environment of distribution mean here; the environment beats the file. */
export function translateDistribution(
  file: ConfigFile | undefined,
  environment: Environment,
): Translation {
  const values = new Map<string, Value>()
  for (const value of [...fromFile(file), ...fromEnvironment(environment)])
    values.set(value.path, value)
  const settings: Setting[] = []
  const problems: string[] = [...missingPassword(values)]
  const warnings = [...tracing(environment)]
  const set = (path: string, text: string, source: string) =>
    settings.push({ key: keyOfPath.get(path)!, text, source })
  // There nothing may be deleted unless it is said; here everything unless it is said.
  if (file && !values.has('storage.delete.enabled'))
    set('delete.enabled', 'false', 'distribution deletes nothing unless storage.delete.enabled')
  if (isHtpasswd(values)) set('auth.challenge', 'basic', 'auth.htpasswd of distribution')
  const headers: Record<string, string[]> = {}
  for (const { path, value, source } of values.values()) {
    const header = CORS.exec(path)?.[1]
    const meaning = header === undefined ? meaningIn(values, path, value) : {}
    if (header !== undefined) headers[header] = [value].flat().map(String)
    for (const [key, text] of Object.entries(meaning ?? {})) set(key, text, source)
    if (meaning) continue
    const danger = dangerOf(path)
    // Without the value, which may be a password.
    if (danger === undefined) warnings.push(`${path} (${source}) is not supported here`)
    else
      problems.push(
        `${path} (${source}) is not supported with this value, and ${danger}: take it out, and see docs/distribution.md for what is there instead`,
      )
  }
  if (Object.keys(headers).length > 0)
    set('http.cors', JSON.stringify(headers), 'http.headers of distribution')
  return { settings, problems, warnings }
}

function fromFile(file: ConfigFile | undefined): Value[] {
  if (!file) return []
  return leaves(file.tree).map(([path, value]) => ({
    path: path.join('.').toLowerCase(),
    value,
    source: file.where(path),
  }))
}

/** `REGISTRY_STORAGE_DELETE_ENABLED=true`, or the same with a mapping higher up: `REGISTRY_STORAGE_DELETE={enabled: true}`. */
function fromEnvironment(environment: Environment): Value[] {
  return linksLeftOut(environment, PREFIX).flatMap(([name, text]) => {
    if (name === FILE) return []
    const above = name.slice(PREFIX.length).split('_').join('.')
    const value = yamlOr(text)
    return leaves({ '': value }).map(([below, leaf]) => ({
      path: [above, ...below].filter(Boolean).join('.').toLowerCase(),
      value: leaf,
      source: `environment ${name}`,
    }))
  })
}

/** Every value of a tree with its path; empty sections count. */
function leaves(tree: Tree, above: readonly string[] = []): [path: string[], value: unknown][] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const path = [...above, name]
    return isTree(value) && Object.keys(value).length > 0
      ? leaves(value, path)
      : [[path, value] as [string[], unknown]]
  })
}

function yamlOr(text: string): unknown {
  try {
    return text === '' ? '' : parse(text)
  } catch {
    return text
  }
}

/** The listener for debugging is that of the metrics, if they are asked for; there is nothing else on it here. */
function meaningIn(values: ReadonlyMap<string, Value>, path: string, value: unknown) {
  const isScraped = values.get('http.debug.prometheus.enabled')?.value === true
  return path === 'http.debug.addr' && !isScraped ? undefined : meaningOf(path, value)
}

function isHtpasswd(values: ReadonlyMap<string, Value>): boolean {
  const names = [...values.keys()]
  return (
    values.get('auth')?.value === 'htpasswd' ||
    names.some((path) => path === 'auth.htpasswd' || path.startsWith('auth.htpasswd.'))
  )
}

/** Half a door is none: without the file nobody would be asked to log in. */
function missingPassword(values: ReadonlyMap<string, Value>): string[] {
  const none = values.get('auth')?.value === 'none'
  if (!isHtpasswd(values)) return []
  if (none) return ['auth is none and htpasswd at the same time: set REGISTRY_AUTH, or take it out']
  return values.has('auth.htpasswd.path')
    ? []
    : ['auth.htpasswd has no path: set REGISTRY_AUTH_HTPASSWD_PATH to a file made with htpasswd -B']
}

function tracing({ OTEL_TRACES_EXPORTER: exporter = 'none' }: Environment): string[] {
  return exporter === 'none' || exporter === ''
    ? []
    : [`traces to ${exporter} (environment OTEL_TRACES_EXPORTER) are not supported here`]
}
