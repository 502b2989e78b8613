import { parse } from 'yaml'
import { dangerOf, translate } from './distribution-keys.ts'
import { variablesWithPrefix, type Environment } from './environment.ts'
import { isTree, type ConfigFile, type Tree } from './file.ts'
import { keyOfPath } from './keys.ts'
import type { Setting } from './problems.ts'

/** A value of the configuration of distribution (registry:2, registry:3). */
interface Value {
  /** In lower case: `http.tls.certificate`. */
  readonly path: string
  readonly value: unknown
  /** `config.yml, line 3`, `environment REGISTRY_AUTH` */
  readonly source: string
}

export interface Translation {
  readonly settings: readonly Setting[]
  readonly problems: readonly string[]
  /** One sentence for each setting that is ignored. */
  readonly warnings: readonly string[]
}

const PREFIX = 'REGISTRY_'
const FILE = `${PREFIX}CONFIGURATION_PATH`
const CORS = /^http\.headers\.(access-control-.+)$/

/** Whether a file is one of distribution: all of those have `version: 0.1`. */
export function isDistributionFile({ tree }: ConfigFile): boolean {
  return String(tree['version']) === '0.1'
}

/** The file that distribution reads if the command line names none. */
export function distributionFile(environment: Environment): string | undefined {
  return environment[FILE]
}

/** Translates a file and the environment of distribution; the environment overrides the file. */
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
  // Deletion is off by default in distribution, and on by default here.
  if (file && !values.has('storage.delete.enabled'))
    set('delete.enabled', 'false', 'the default of storage.delete.enabled in distribution')
  if (isHtpasswd(values)) set('auth.challenge', 'basic', 'auth.htpasswd of distribution')
  const headers: Record<string, string[]> = {}
  for (const { path, value, source } of values.values()) {
    const header = CORS.exec(path)?.[1]
    const translated = header === undefined ? translateValue(values, path, value) : {}
    if (header !== undefined) headers[header] = [value].flat().map(String)
    for (const [key, text] of Object.entries(translated ?? {})) set(key, text, source)
    if (translated) continue
    const danger = dangerOf(path)
    // The value is left out: it may be a password.
    if (danger === undefined) warnings.push(`${path} (${source}) is not supported`)
    else
      problems.push(
        `${path} (${source}) is not supported with this value, and ${danger}: remove it; docs/distribution.md names the alternatives`,
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

/**
 * `REGISTRY_STORAGE_DELETE_ENABLED=true`, or the same with a mapping:
 * `REGISTRY_STORAGE_DELETE={enabled: true}`.
 */
function fromEnvironment(environment: Environment): Value[] {
  return variablesWithPrefix(environment, PREFIX).flatMap(([name, text]) => {
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

/** Every value of a tree with its path, including empty sections. */
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

/** The debug listener of distribution serves the metrics, if they are on, and nothing else here. */
function translateValue(values: ReadonlyMap<string, Value>, path: string, value: unknown) {
  const isScraped = values.get('http.debug.prometheus.enabled')?.value === true
  return path === 'http.debug.addr' && !isScraped ? undefined : translate(path, value)
}

function isHtpasswd(values: ReadonlyMap<string, Value>): boolean {
  const names = [...values.keys()]
  return (
    values.get('auth')?.value === 'htpasswd' ||
    names.some((path) => path === 'auth.htpasswd' || path.startsWith('auth.htpasswd.'))
  )
}

/** htpasswd without a file must not leave the registry open. */
function missingPassword(values: ReadonlyMap<string, Value>): string[] {
  const none = values.get('auth')?.value === 'none'
  if (!isHtpasswd(values)) return []
  if (none) return ['auth is none and htpasswd at the same time: set REGISTRY_AUTH, or remove it']
  return values.has('auth.htpasswd.path')
    ? []
    : ['auth.htpasswd has no path: set REGISTRY_AUTH_HTPASSWD_PATH to a file made with htpasswd -B']
}

function tracing({ OTEL_TRACES_EXPORTER: exporter = 'none' }: Environment): string[] {
  return exporter === 'none' || exporter === ''
    ? []
    : [`traces to ${exporter} (environment OTEL_TRACES_EXPORTER) are not supported`]
}
