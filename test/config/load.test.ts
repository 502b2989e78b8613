import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { loadConfig, type ConfigSources } from '../../src/config/load.ts'
import { ConfigError } from '../../src/config/problems.ts'

const directory = mkdtempSync(join(tmpdir(), 'wasmoor-config-'))
after(() => rmSync(directory, { recursive: true }))

const path = join(directory, 'config.yaml')

function file(text: string): string {
  writeFileSync(path, text)
  return path
}

const load = (sources: ConfigSources) => loadConfig({ environment: {}, ...sources })

/** The problems of an invalid configuration. */
function problems(sources: ConfigSources): readonly string[] {
  try {
    load(sources)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.problems
  }
  return assert.fail('the configuration was accepted')
}

describe('loadConfig', () => {
  it('returns the defaults if nothing is set', () => {
    assert.deepEqual(load({}), {
      host: '127.0.0.1',
      port: 5000,
      data: './data',
      publicUrl: null,
      hosts: [],
      trustedProxies: [],
      tls: { certificate: null, key: null },
      auth: {
        htpasswd: null,
        dockerconfigjson: null,
        hosts: [],
        tokens: false,
        challenge: 'bearer',
        groups: {},
        rules: [],
      },
      tags: { immutable: [] },
      wkg: { namespacePrefix: null },
      console: true,
      wasm: { policies: [] },
      durability: 'full',
      validation: { references: 'strict' },
      delete: { enabled: true },
      limits: {
        manifestSize: 4_194_304,
        blobSize: 0,
        uploadSessions: 10_000,
        connections: 0,
        headerSize: 16_384,
      },
      uploads: { expiry: 86_400_000 },
      gc: {
        enabled: true,
        interval: 600_000,
        grace: 86_400_000,
        rate: 250,
        untaggedRepositories: [],
        untaggedAfter: 2_592_000_000,
      },
      scrub: { rate: 33_554_432 },
      http: { headersTimeout: 20_000, idleTimeout: 60_000, keepAliveTimeout: 15_000, cors: {} },
      cache: { manifests: 16_777_216, blobs: 33_554_432 },
      shutdown: { grace: 30_000 },
      metrics: { host: '127.0.0.1', port: null },
      audit: { output: null },
      log: { level: 'info', format: 'auto' },
      storage: { acceptGap: false, readOnly: false },
    })
  })

  it('prefers flags to the environment, the environment to the file, the file to defaults', () => {
    const sources = {
      file: file('host: file\nport: 1\ndata: file\nlimits:\n  blobSize: 1GiB\n'),
      environment: { WASMOOR_HOST: 'environment', WASMOOR_PORT: '2' },
      flags: new Map([['host', 'flag']]),
    }
    const { host, port, data, limits, durability } = load(sources)
    assert.deepEqual([host, port, data, durability], ['flag', 2, 'file', 'full'])
    assert.deepEqual([limits.blobSize, limits.uploadSessions], [1_073_741_824, 10_000])
  })

  it('reads text values as they are and all others as YAML', () => {
    const environment = {
      WASMOOR_HOST: '1.0',
      WASMOOR_DATA: 'true',
      WASMOOR_DELETE_ENABLED: 'false',
      WASMOOR_LIMITS_BLOB_SIZE: '4096',
    }
    const {
      host,
      data,
      delete: { enabled },
      limits,
    } = load({ environment })
    assert.deepEqual([host, data, enabled, limits.blobSize], ['1.0', 'true', false, 4096])
  })

  it('returns a deeply frozen configuration', () => {
    const config = load({})
    assert.throws(() => Object.assign(config, { port: 1 }), TypeError)
    assert.throws(() => Object.assign(config.limits, { blobSize: 1 }), TypeError)
  })

  it('reads defaults from the file in WASMOOR_DEFAULTS', () => {
    const environment = { WASMOOR_DEFAULTS: join(directory, 'defaults.yaml') }
    writeFileSync(environment.WASMOOR_DEFAULTS, 'host: 0.0.0.0\nlimits: {blobSize: 7}\n')
    assert.deepEqual(
      [load({ environment }).host, load({ environment }).limits.blobSize],
      ['0.0.0.0', 7],
    )
    const above = load({ environment, file: file('host: file\nlimits: {uploadSessions: 1}\n') })
    assert.deepEqual([above.host, above.limits.blobSize, above.port], ['file', 7, 5000])
    const foreign = load({ environment, file: file('version: 0.1\nhttp: {addr: ":1"}\n') })
    assert.deepEqual([foreign.port, foreign.limits.blobSize], [1, 7])
    writeFileSync(environment.WASMOOR_DEFAULTS, 'hots: x\n')
    assert.match(problems({ environment })[0]!, /unknown key hots \(.*defaults\.yaml, line 1\)/)
    assert.throws(() => load({ environment: { WASMOOR_DEFAULTS: '/absent' } }), /cannot read/)
  })

  it('accepts an empty file and empty sections', () => {
    assert.equal(load({ file: file('') }).port, 5000)
    assert.equal(load({ file: file('# nothing\nlimits:\nport: 7\n') }).port, 7)
  })

  it('ignores variables that Kubernetes sets for a Service named wasmoor', () => {
    const environment = {
      WASMOOR_SERVICE_HOST: '10.0.0.7',
      WASMOOR_SERVICE_PORT: '5000',
      WASMOOR_SERVICE_PORT_HTTP: '5000',
      WASMOOR_PORT: 'tcp://10.0.0.7:5000',
      WASMOOR_PORT_5000_TCP: 'tcp://10.0.0.7:5000',
      WASMOOR_PORT_5000_TCP_ADDR: '10.0.0.7',
      WASMOOR_PORT_5000_TCP_PORT: '5000',
      WASMOOR_PORT_5000_TCP_PROTO: 'tcp',
      WASMOOR_CONSOLE_SERVICE_HOST: '10.0.0.8',
      WASMOOR_CONSOLE_PORT: 'tcp://10.0.0.8:80',
    }
    assert.deepEqual(load({ environment }), load({}))
  })
})

describe('an invalid configuration', () => {
  const refused: readonly [title: string, sources: () => ConfigSources, problem: string][] = [
    [
      'a bad flag',
      () => ({ flags: new Map([['port', '70000']]) }),
      'port: "70000" (flag --port) is not allowed: use a whole number from 0 to 65535',
    ],
    [
      'a bad variable',
      () => ({ environment: { WASMOOR_VALIDATION_REFERENCES: 'loose' } }),
      'validation.references: "loose" (environment WASMOOR_VALIDATION_REFERENCES) is not allowed: use strict or sparse',
    ],
    [
      'an empty variable',
      () => ({ environment: { WASMOOR_HOST: '' } }),
      'host: "" (environment WASMOOR_HOST) is not allowed: use a text that is not empty',
    ],
    [
      'a variable that is not YAML',
      () => ({ environment: { WASMOOR_DELETE_ENABLED: '[' } }),
      'delete.enabled: "[" (environment WASMOOR_DELETE_ENABLED) is not allowed: use true or false',
    ],
    [
      'a size below its minimum',
      () => ({ file: file('limits:\n  manifestSize: 1MiB\n') }),
      `limits.manifestSize: "1MiB" (${path}, line 2) is not allowed: use a size such as 1000, 4KiB, 16MiB, 1GiB, at least 4MiB`,
    ],
    [
      'a duration beyond what a timer can wait',
      () => ({ environment: { WASMOOR_HTTP_IDLE_TIMEOUT: '600h' } }),
      'http.idleTimeout: "600h" (environment WASMOOR_HTTP_IDLE_TIMEOUT) is not allowed: use a duration such as 500ms, 30s, 5m, 24h, from 1s to 24h',
    ],
    [
      'a key without a value',
      () => ({ file: file('port:\n') }),
      `port: null (${path}, line 1) is not allowed: use a whole number from 0 to 65535`,
    ],
    [
      'a value instead of a section',
      () => ({ file: file('limits: 5\n'), environment: { WASMOOR_LIMITS_BLOB_SIZE: '1' } }),
      `limits: 5 (${path}, line 1) is not allowed: it is a section with keys of its own`,
    ],
    [
      'a misspelt key',
      () => ({ file: file('limits:\n  blobsize: 3\n') }),
      `unknown key limits.blobsize (${path}, line 2); did you mean limits.blobSize?`,
    ],
    [
      'a key without its section',
      () => ({ file: file('\nreferences: sparse\n') }),
      `unknown key references (${path}, line 2); did you mean validation.references?`,
    ],
    [
      'an empty unknown section',
      () => ({ file: file('cellar:\n') }),
      `unknown key cellar (${path}, line 1)`,
    ],
    [
      'a prototype',
      () => ({ file: file('__proto__:\n  port: 1\n') }),
      `unknown key __proto__ (${path}, line 2)`,
    ],
    [
      'a misspelt variable',
      () => ({ environment: { WASMOOR_LOG_LEVLE: 'debug' } }),
      'unknown environment variable WASMOOR_LOG_LEVLE; did you mean WASMOOR_LOG_LEVEL?',
    ],
    [
      'a port that is neither a number nor a link to a Service',
      () => ({ environment: { WASMOOR_PORT: 'http://10.0.0.7' } }),
      'port: "http://10.0.0.7" (environment WASMOOR_PORT) is not allowed: use a whole number from 0 to 65535',
    ],
  ]
  for (const [title, sources, problem] of refused) {
    it(`is rejected: ${title}`, () => assert.deepEqual(problems(sources()), [problem]))
  }

  it('is rejected with all problems at once', () => {
    const sources = {
      file: file('portt: 1\nlog:\n  level: loud\n'),
      flags: new Map([['port', 'x']]),
    }
    assert.equal(problems(sources).length, 3)
  })

  it('is rejected with a long value cut short', () => {
    const [problem = ''] = problems({ environment: { WASMOOR_LOG_LEVEL: 'x'.repeat(10_000) } })
    assert.ok(problem.length < 300, problem)
  })

  it('is rejected if the file is missing, not YAML or not a mapping', () => {
    assert.throws(
      () => load({ file: join(directory, 'absent.yaml') }),
      /cannot read .*absent\.yaml/,
    )
    assert.throws(
      () => load({ file: file('port: [1\nhost: x') }),
      /config\.yaml, line 2, .*is not valid YAML/,
    )
    assert.throws(
      () => load({ file: file('port: 1\nport: 2') }),
      /is not valid YAML: Map keys must be unique/,
    )
    assert.throws(() => load({ file: file('- port') }), /must contain keys and values/)
  })
})
