import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { Environment } from '../../src/config/environment.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/config/problems.ts'

const directory = mkdtempSync(join(tmpdir(), 'wasmoor-distribution-'))
after(() => rmSync(directory, { recursive: true }))

let files = 0
function file(text: string): string {
  const path = join(directory, `config-${files++}.yml`)
  writeFileSync(path, text)
  return path
}

/**
 * The configuration with these sources, as far as it differs from the defaults, and the warnings.
 */
function effect(environment: Environment, path?: string) {
  const warnings: string[] = []
  const config = flat(loadConfig({ environment, file: path }, (text) => warnings.push(text)))
  const usual = flat(loadConfig({ environment: {} }))
  const changed = Object.keys(config).filter(
    (key) => JSON.stringify(config[key]) !== JSON.stringify(usual[key]),
  )
  return { changed: Object.fromEntries(changed.map((key) => [key, config[key]])), warnings }
}

function flat(tree: object, above = ''): Record<string, unknown> {
  return Object.assign(
    {},
    ...Object.entries(tree).map(([name, value]: [string, unknown]) => {
      const isSection = typeof value === 'object' && value !== null && !Array.isArray(value)
      const path = `${above}${name}`
      return isSection && path !== 'http.cors' ? flat(value, `${path}.`) : { [path]: value }
    }),
  ) as Record<string, unknown>
}

function problems(environment: Environment, path?: string): readonly string[] {
  try {
    loadConfig({ environment, file: path })
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.problems
  }
  return assert.fail(`accepted: ${JSON.stringify(environment)}`)
}

const HTPASSWD = { REGISTRY_AUTH_HTPASSWD_PATH: '/htpasswd' }
const BASIC = { 'auth.htpasswd': '/htpasswd', 'auth.challenge': 'basic' }

describe('the environment of distribution', () => {
  const supported: readonly [environment: Environment, changed: object][] = [
    [{ REGISTRY_HTTP_ADDR: ':5001' }, { host: '0.0.0.0', port: 5001 }],
    [{ REGISTRY_HTTP_ADDR: '0.0.0.0:80' }, { host: '0.0.0.0', port: 80 }],
    [{ REGISTRY_HTTP_ADDR: 'localhost:5000' }, { host: 'localhost' }],
    [{ REGISTRY_HTTP_ADDR: '[::]:5000' }, { host: '::' }],
    [{ REGISTRY_HTTP_SECRET: 'hunter2' }, {}],
    [{ REGISTRY_HTTP_RELATIVEURLS: 'true' }, {}],
    [{ REGISTRY_HTTP_NET: 'tcp', REGISTRY_HTTP_TLS_MINIMUMTLS: 'tls1.2' }, {}],
    [
      { REGISTRY_HTTP_TLS_CERTIFICATE: '/c.pem', REGISTRY_HTTP_TLS_KEY: '/k.pem' },
      { 'tls.certificate': '/c.pem', 'tls.key': '/k.pem' },
    ],
    [
      { 'REGISTRY_HTTP_HEADERS_Access-Control-Allow-Origin': "['*']" },
      { 'http.cors': { 'access-control-allow-origin': ['*'] } },
    ],
    [
      {
        'REGISTRY_HTTP_HEADERS_Access-Control-Allow-Origin': '[http://a.example]',
        'REGISTRY_HTTP_HEADERS_Access-Control-Allow-Methods': "['HEAD', 'GET']",
        'REGISTRY_HTTP_HEADERS_Access-Control-Allow-Headers': 'Authorization',
        'REGISTRY_HTTP_HEADERS_Access-Control-Allow-Credentials': '[true]',
      },
      {
        'http.cors': {
          'access-control-allow-origin': ['http://a.example'],
          'access-control-allow-methods': ['HEAD', 'GET'],
          'access-control-allow-headers': ['Authorization'],
          'access-control-allow-credentials': ['true'],
        },
      },
    ],
    [
      { REGISTRY_HTTP_HEADERS: '{Access-Control-Allow-Origin: [a]}' },
      { 'http.cors': { 'access-control-allow-origin': ['a'] } },
    ],
    [
      { REGISTRY_HTTP_DEBUG_ADDR: ':5001', REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED: 'true' },
      { 'metrics.host': '0.0.0.0', 'metrics.port': 5001 },
    ],
    [
      {
        REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED: 'false',
        REGISTRY_HTTP_DEBUG_PROMETHEUS_PATH: '/metrics',
      },
      {},
    ],
    [{ 'REGISTRY_HTTP_HEADERS_X-Content-Type-Options': '[nosniff]' }, {}],
    [{ REGISTRY_STORAGE: 'filesystem' }, {}],
    [{ REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/Data' }, { data: '/Data' }],
    [{ REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS: '100' }, {}],
    [{ REGISTRY_STORAGE_DELETE_ENABLED: 'true' }, {}],
    [{ REGISTRY_STORAGE_DELETE_ENABLED: 'false' }, { 'delete.enabled': false }],
    [{ REGISTRY_STORAGE_DELETE: '{"enabled": false}' }, { 'delete.enabled': false }],
    [{ REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: 'true' }, { 'storage.readOnly': true }],
    [{ REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' }, { 'storage.readOnly': true }],
    [{ REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: 'inmemory' }, {}],
    [{ REGISTRY_AUTH: 'htpasswd', ...HTPASSWD }, BASIC],
    [{ REGISTRY_AUTH_HTPASSWD_REALM: 'Registry Realm', ...HTPASSWD }, BASIC],
    [{ REGISTRY_AUTH: '{htpasswd: {realm: basic, path: /htpasswd}}' }, BASIC],
    [{ REGISTRY_AUTH: 'none' }, {}],
    [{ REGISTRY_LOG_LEVEL: 'debug' }, { 'log.level': 'debug' }],
    [{ REGISTRY_LOG_LEVEL: 'warning' }, { 'log.level': 'warn' }],
    [{ REGISTRY_VALIDATION_DISABLED: 'true' }, { 'validation.references': 'sparse' }],
    [{ REGISTRY_VALIDATION_DISABLED: 'false' }, {}],
    [{ REGISTRY_HEALTH_STORAGEDRIVER_ENABLED: 'true' }, {}],
    [{ REGISTRY_PROXY_REMOTEURL: '' }, {}],
    [{ OTEL_TRACES_EXPORTER: 'none' }, {}],
    // A variable of skopeo and podman.
    [{ REGISTRY_AUTH_FILE: '/run/containers/auth.json' }, {}],
  ]
  for (const [environment, changed] of supported)
    it(`is translated: ${JSON.stringify(environment)}`, () =>
      assert.deepEqual(effect(environment), { changed, warnings: [] }))

  it('is ignored if Kubernetes sets it for a Service named registry or registry-…', () => {
    const environment = {
      REGISTRY_SERVICE_HOST: '10.0.0.7',
      REGISTRY_SERVICE_PORT: '5000',
      REGISTRY_PORT: 'tcp://10.0.0.7:5000',
      REGISTRY_PORT_5000_TCP_ADDR: '10.0.0.7',
      REGISTRY_PROXY_SERVICE_HOST: '10.0.0.8',
      REGISTRY_AUTH_PORT_80_TCP: 'tcp://10.0.0.8:80',
      REGISTRY_STORAGE_PORT: 'tcp://10.0.0.8:80',
    }
    assert.deepEqual(effect(environment), { changed: {}, warnings: [] })
  })

  it('is overridden by WASMOOR_ variables, and overrides a file', () => {
    const environment = { REGISTRY_HTTP_ADDR: ':1', REGISTRY_LOG_LEVEL: 'error', WASMOOR_PORT: '2' }
    const { changed } = effect(environment, file('port: 3\nlog: {level: warn}\n'))
    assert.deepEqual(changed, { host: '0.0.0.0', port: 2, 'log.level': 'error' })
  })

  const unsupported: readonly [environment: Environment, warning: string][] = [
    [{ REGISTRY_LOG_FIELDS_SERVICE: 'x' }, 'log.fields.service'],
    [{ REGISTRY_HTTP_DEBUG_ADDR: ':5001' }, 'http.debug.addr'],
    [{ REGISTRY_HTTP_PREFIX: '/registry/' }, 'http.prefix'],
    [{ REGISTRY_HTTP_HOST: 'https://a.example' }, 'http.host'],
    [{ REGISTRY_REDIS_PASSWORD: 'hunter2' }, 'redis.password'],
    [{ REGISTRY_NOTIFICATIONS_ENDPOINTS: '[{url: http://hunter2}]' }, 'notifications.endpoints'],
    [{ REGISTRY_HTTP_HEADERS_Server: '[x]' }, 'http.headers.server'],
    [{ REGISTRY_STORAGE_REDIRECT_DISABLE: 'true' }, 'storage.redirect.disable'],
    [{ REGISTRY_STORAGE_TAG_CONCURRENCYLIMIT: '8' }, 'storage.tag.concurrencylimit'],
    [{ REGISTRY_USER: 'me' }, 'user'],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'traces to otlp'],
  ]
  for (const [environment, warning] of unsupported)
    it(`is named in a warning without its value if it is not supported: ${warning}`, () => {
      const { changed, warnings } = effect(environment)
      const [name] = Object.keys(environment)
      const verb = warning.startsWith('traces') ? 'are' : 'is'
      assert.deepEqual(warnings, [`${warning} (environment ${name}) ${verb} not supported`])
      assert.deepEqual(changed, {})
      assert.doesNotMatch(warnings.join(), /hunter2/)
    })

  const dangerous: readonly [environment: Environment, problem: RegExp][] = [
    [{ REGISTRY_AUTH: 'token' }, /^auth \(.*who has access/],
    [{ REGISTRY_AUTH: '' }, /^auth \(.*who has access/],
    [{ REGISTRY_AUTH: '{silly: {realm: x}}' }, /^auth\.silly\.realm/],
    [{ REGISTRY_AUTH_TOKEN_REALM: 'https://a.example' }, /^auth\.token\.realm/],
    [{ REGISTRY_AUTH: 'htpasswd' }, /^auth\.htpasswd has no path: set REGISTRY_AUTH_HTPASSWD_PATH/],
    [{ REGISTRY_AUTH_HTPASSWD_REALM: 'x' }, /^auth\.htpasswd has no path/],
    [{ REGISTRY_AUTH: 'none', ...HTPASSWD }, /none and htpasswd/],
    [{ ...HTPASSWD, REGISTRY_AUTH_HTPASSWD_FOO: 'x' }, /^auth\.htpasswd\.foo/],
    [{ REGISTRY_AUTH_HTPASSWD_PATH: '' }, /^auth\.htpasswd: "" .*the path of a file/],
    [{ REGISTRY_HTTP_TLS_CLIENTCAS: '[/ca.pem]' }, /^http\.tls\.clientcas \(.*who has access/],
    [{ REGISTRY_HTTP_TLS_LETSENCRYPT_EMAIL: 'a@b' }, /^http\.tls\.letsencrypt\.email/],
    [{ REGISTRY_HTTP_TLS_MINIMUMTLS: 'tls1.3' }, /^http\.tls\.minimumtls/],
    [{ REGISTRY_HTTP_NET: 'unix' }, /^http\.net/],
    [{ REGISTRY_HTTP_ADDR: 'localhost' }, /^http\.addr/],
    [{ REGISTRY_HTTP_ADDR: ':http' }, /^http\.addr/],
    [{ REGISTRY_HTTP_ADDR: '5000' }, /^http\.addr/],
    [{ REGISTRY_HTTP_ADDR: 'unix:/run/registry.sock' }, /^http\.addr/],
    [{ REGISTRY_STORAGE: 's3' }, /^storage \(.*where the data is stored/],
    [{ REGISTRY_STORAGE: 'inmemory' }, /^storage \(/],
    [{ REGISTRY_STORAGE_S3_BUCKET: 'x' }, /^storage\.s3\.bucket \(.*where the data is stored/],
    [{ REGISTRY_STORAGE_INMEMORY: '{}' }, /^storage\.inmemory/],
    [{ REGISTRY_STORAGE_DELETE_ENABLED: 'maybe' }, /^delete\.enabled: "maybe" .*true or false/],
    [{ REGISTRY_STORAGE_DELETE: 'true' }, /^storage\.delete \(/],
    [{ REGISTRY_STORAGE_MAINTENANCE_READONLY: 'true' }, /^storage\.maintenance\.readonly \(/],
    [{ REGISTRY_PROXY_REMOTEURL: 'https://registry-1.docker.io' }, /^proxy\.remoteurl \(.*mirror/],
    [{ REGISTRY_PROXY_USERNAME: 'x' }, /^proxy\.username/],
    [{ REGISTRY_VALIDATION_DISABLED: 'maybe' }, /^validation\.references: "maybe"/],
  ]
  for (const [environment, problem] of dangerous)
    it(`stops the start if it cannot be translated: ${JSON.stringify(environment)}`, () => {
      const found = problems(environment)
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0]!, problem)
      assert.match(found[0]!, /REGISTRY_/)
    })

  it('only causes a warning if an unsupported value is harmless', () => {
    assert.equal(effect({ REGISTRY_LOG_LEVEL: 'loud' }).warnings.length, 1)
  })
})

describe('a configuration file of distribution', () => {
  it('is recognised by its version and translated', () => {
    const path = file(`
version: 0.1
log:
  level: warn
  accesslog: { disabled: true }
storage:
  cache: { blobdescriptor: inmemory }
  filesystem: { rootdirectory: /var/lib/registry }
  delete: { enabled: true }
  maintenance:
    readonly: { enabled: true }
auth:
  htpasswd: { realm: basic-realm, path: /auth/htpasswd }
http:
  addr: :5001
  secret: asecretforlocaldevelopment
  headers:
    X-Content-Type-Options: [nosniff]
    Access-Control-Allow-Origin: ['http://127.0.0.1:8080']
    Access-Control-Max-Age: [1728000]
health:
  storagedriver: { enabled: true, interval: 10s, threshold: 3 }
`)
    assert.deepEqual(effect({}, path), {
      changed: {
        host: '0.0.0.0',
        port: 5001,
        data: '/var/lib/registry',
        'auth.htpasswd': '/auth/htpasswd',
        'auth.challenge': 'basic',
        'log.level': 'warn',
        'storage.readOnly': true,
        'http.cors': {
          'access-control-allow-origin': ['http://127.0.0.1:8080'],
          'access-control-max-age': ['1728000'],
        },
      },
      warnings: [`log.accesslog.disabled (${path}, line 5) is not supported`],
    })
    assert.equal(loadConfig({ environment: { WASMOOR_PORT: '7' }, file: path }).port, 7)
    assert.equal(loadConfig({ environment: { REGISTRY_HTTP_ADDR: ':8' }, file: path }).port, 8)
  })

  it('turns deletion off unless it turns it on', () => {
    const path = file('version: "0.1"\nstorage: {filesystem: {}}\n')
    assert.deepEqual(effect({}, path).changed, { 'delete.enabled': false })
    const environment = { REGISTRY_STORAGE_DELETE_ENABLED: 'true' }
    assert.deepEqual(effect(environment, path).changed, {})
  })

  it('stops the start if its access, storage or mirror settings are not supported', () => {
    const path = file(`version: 0.1
storage:
  s3:
    bucket: x
auth:
  token: { realm: x }
proxy:
  remoteurl: https://registry-1.docker.io
`)
    const found = problems({}, path)
    assert.deepEqual(
      found.map((each) => each.split(' is not')[0]),
      [
        `storage.s3.bucket (${path}, line 4)`,
        `auth.token.realm (${path}, line 6)`,
        `proxy.remoteurl (${path}, line 8)`,
      ],
    )
    assert.equal(problems({}, file('version: 0.1\nstorage: {inmemory: }\n')).length, 1)
    assert.equal(problems({}, file('version: 0.1\nauth: {htpasswd: }\n')).length, 1)
  })

  it('is read from REGISTRY_CONFIGURATION_PATH unless another file is given', () => {
    const path = file('version: 0.1\nhttp: {addr: ":7"}\n')
    const environment = { REGISTRY_CONFIGURATION_PATH: path }
    assert.equal(loadConfig({ environment }).port, 7)
    assert.equal(loadConfig({ environment, file: file('port: 8\n') }).port, 8)
  })
})
