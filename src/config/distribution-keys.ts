import { isTree } from './file.ts'

/** Keys of ours with the texts that they get, as a flag would have them. */
export type Translated = Readonly<Record<string, string>>

/**
 * What a key of distribution means here: keys of ours, or nothing at all where things are so anyway. Undefined where its
 * value has no counterpart.
 */
type Meaning = (value: unknown) => Translated | undefined

const asIs: Meaning = () => ({})

const only =
  (...values: unknown[]): Meaning =>
  (value) =>
    values.includes(value) ? {} : undefined

const text =
  (key: string): Meaning =>
  (value) => ({ [key]: typeof value === 'string' ? value : written(value) })

const written = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** `:5000`, `0.0.0.0:5000`, `[::1]:5000` */
const address =
  (host: string, port: string): Meaning =>
  (value) => {
    const found = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d+)$/.exec(String(value))
    return found ? { [host]: found[1] ?? (found[2] || '0.0.0.0'), [port]: found[3]! } : undefined
  }

const LEVELS: Partial<Record<string, string>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  fatal: 'fatal',
  panic: 'fatal',
}

const level: Meaning = (value) => {
  const ours = LEVELS[String(value)]
  return ours === undefined ? undefined : { 'log.level': ours }
}

/** What is understood, by path. https://distribution.github.io/distribution/about/configuration/ */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  version: asIs,
  'log.level': level,
  loglevel: level,
  'http.addr': address('host', 'port'),
  'http.net': only('tcp', ''),
  'http.prefix': only('/', ''),
  // Addresses in answers are relative, and what signs is made by ourselves.
  'http.relativeurls': asIs,
  'http.secret': asIs,
  'http.tls.certificate': text('tls.certificate'),
  'http.tls.key': text('tls.key'),
  'http.tls.minimumtls': only('tls1.0', 'tls1.1', 'tls1.2'),
  'http.debug.addr': address('metrics.host', 'metrics.port'),
  'http.debug.prometheus.enabled': only(true, false),
  'http.debug.prometheus.path': only('/metrics'),
  'http.headers.x-content-type-options': (value) =>
    [value].flat().every((each) => each === 'nosniff') ? {} : undefined,
  storage: only('filesystem'),
  'storage.filesystem.rootdirectory': text('data'),
  'storage.filesystem.maxthreads': asIs,
  'storage.cache': asIs,
  'storage.delete.enabled': text('delete.enabled'),
  'storage.maintenance.readonly.enabled': text('storage.readOnly'),
  auth: only('htpasswd', 'none'),
  'auth.htpasswd.path': text('auth.htpasswd'),
  'auth.htpasswd.realm': asIs,
  // Not of distribution: where skopeo and podman keep their credentials (containers-auth.json).
  'auth.file': asIs,
  'health.storagedriver': asIs,
  'proxy.remoteurl': only('', null),
  'validation.disabled': (value) => ({
    'validation.references':
      value === true ? 'sparse' : value === false ? 'strict' : written(value),
  }),
}

/** What stops the start where it is not understood, and why: who may enter, where data lies, what the registry is. */
const DANGEROUS: readonly (readonly [paths: RegExp, why: string])[] = [
  [/^(auth|http\.tls|http\.net|http\.addr)(\.|$)/, 'it decides who may enter'],
  [/^storage(?!\.(cache|delete|maintenance|redirect|tag)(\.|$))/, 'it decides where the data lies'],
  [/^storage\.maintenance\.readonly/, 'it decides whether anything is written'],
  [/^storage\.delete/, 'it decides whether anything may be deleted'],
  [/^proxy(\.|$)/, 'this registry is no mirror of another one'],
]

/** What the value at a path of distribution's configuration means here; undefined if that is nothing known. */
export function meaningOf(path: string, value: unknown): Translated | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const meaning = Object.hasOwn(MEANINGS, at) ? MEANINGS[at] : undefined
    if (meaning && (at === path || meaning === asIs)) return meaning(value)
  }
  const isEmpty = value === null || (isTree(value) && Object.keys(value).length === 0)
  const isSection = Object.keys(MEANINGS).some((known) => known.startsWith(`${path}.`))
  return isEmpty && isSection ? {} : undefined
}

/** Why the start is stopped by a path that is not understood; undefined if it may be left out. */
export function dangerOf(path: string): string | undefined {
  return DANGEROUS.find(([paths]) => paths.test(path))?.[1]
}
