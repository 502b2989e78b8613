import { isTree } from './file.ts'

/** Texts by the path of our key, as in flags. */
export type Translated = Readonly<Record<string, string>>

/**
 * Translates the value of a key of distribution: to our keys, or to none if it is the behaviour
 * here anyway. Undefined if the value has no counterpart.
 */
type Translator = (value: unknown) => Translated | undefined

const ignored: Translator = () => ({})

const only =
  (...values: unknown[]): Translator =>
  (value) =>
    values.includes(value) ? {} : undefined

const text =
  (key: string): Translator =>
  (value) => ({ [key]: typeof value === 'string' ? value : written(value) })

const written = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** `:5000`, `0.0.0.0:5000`, `[::1]:5000` */
const address =
  (host: string, port: string): Translator =>
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

const level: Translator = (value) => {
  const ours = LEVELS[String(value)]
  return ours === undefined ? undefined : { 'log.level': ours }
}

/**
 * The supported keys of distribution, by path.
 * https://distribution.github.io/distribution/about/configuration/
 */
const TRANSLATORS: Readonly<Record<string, Translator>> = {
  version: ignored,
  'log.level': level,
  loglevel: level,
  'http.addr': address('host', 'port'),
  'http.net': only('tcp', ''),
  'http.prefix': only('/', ''),
  // Locations in answers are relative, and signing keys are generated here.
  'http.relativeurls': ignored,
  'http.secret': ignored,
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
  'storage.filesystem.maxthreads': ignored,
  'storage.cache': ignored,
  'storage.delete.enabled': text('delete.enabled'),
  'storage.maintenance.readonly.enabled': text('storage.readOnly'),
  auth: only('htpasswd', 'none'),
  'auth.htpasswd.path': text('auth.htpasswd'),
  'auth.htpasswd.realm': ignored,
  // Not a key of distribution: the credentials of skopeo and podman (containers-auth.json).
  'auth.file': ignored,
  'health.storagedriver': ignored,
  'proxy.remoteurl': only('', null),
  'validation.disabled': (value) => ({
    'validation.references':
      value === true ? 'sparse' : value === false ? 'strict' : written(value),
  }),
}

/** Keys that stop the start if their value is not supported, each with the reason. */
const DANGEROUS: readonly (readonly [paths: RegExp, why: string])[] = [
  [/^(auth|http\.tls|http\.net|http\.addr)(\.|$)/, 'it decides who has access'],
  [
    /^storage(?!\.(cache|delete|maintenance|redirect|tag)(\.|$))/,
    'it decides where the data is stored',
  ],
  [/^storage\.maintenance\.readonly/, 'it decides whether the registry can be written to'],
  [/^storage\.delete/, 'it decides whether content can be deleted'],
  [/^proxy(\.|$)/, 'this registry cannot mirror another'],
]

/** Our keys for a value of distribution's configuration; undefined if it is not supported. */
export function translate(path: string, value: unknown): Translated | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const translator = Object.hasOwn(TRANSLATORS, at) ? TRANSLATORS[at] : undefined
    if (translator && (at === path || translator === ignored)) return translator(value)
  }
  const isEmpty = value === null || (isTree(value) && Object.keys(value).length === 0)
  const isSection = Object.keys(TRANSLATORS).some((known) => known.startsWith(`${path}.`))
  return isEmpty && isSection ? {} : undefined
}

/** Why an unsupported path stops the start; undefined if it can be ignored. */
export function dangerOf(path: string): string | undefined {
  return DANGEROUS.find(([paths]) => paths.test(path))?.[1]
}
