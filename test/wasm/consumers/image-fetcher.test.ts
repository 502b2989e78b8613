import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { describe, it } from 'node:test'
import type { RuleId } from '../../../src/wasm/consumers/consumer.ts'
import type { ConsumerId } from '../../../src/wasm/consumers/ids.ts'
import { evaluate, type ConsumerResult } from '../../../src/wasm/assess/matrix.ts'
import { gzipFailure } from '../../../src/wasm/read/archive/gzip-failure.ts'
import { DOCKER, type Plan, type PlannedLayer, subject } from '../build/artifact.ts'
import { bytes } from '../build/bytes.ts'
import { filter } from '../build/conventions.ts'

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
const DOCKER_TAR_GZIP = 'application/vnd.docker.image.rootfs.diff.tar.gzip'

const text: PlannedLayer = { type: 'text/plain' }
const module = (file: Uint8Array = filter): PlannedLayer => ({ type: MODULE, bytes: file })
const archive = (name = 'plugin.wasm', data: Uint8Array | string = filter): PlannedLayer => ({
  type: TAR_GZIP,
  archive: [{ name, data }],
})
const folder: PlannedLayer = { type: TAR_GZIP, archive: [{ name: 'plugin.wasm/', type: '5' }] }
const raw = (file: Uint8Array): PlannedLayer => ({ type: TAR_GZIP, bytes: file })
const docker = (...layers: PlannedLayer[]): Plan => ({ mediaType: DOCKER, layers })
const dockerLayer = { ...archive(), type: DOCKER_TAR_GZIP }

const NEITHER =
  'could not fetch Wasm binary: the given image is in invalid format as an OCI image: 2 errors occurred:\n\t* could not parse as compat variant: '
const NOR = '\n\t* could not parse as oci variant: '
const ONE = `${NOR}number of layers must be 2 but got 1\n\n`
const NO_DOCKER =
  'could not fetch Wasm binary: could not extract Wasm file from the image as Docker container '
const INVALID = 'fetched Wasm binary from oci://HOST/t/x:v1 is invalid'
const NO_FILE = 'could not extract wasm binary: plugin.wasm not found in the archive'

/**
 * The error of Istio's LocalFileCache (eed52eb, 2026-08-27) for each, run for this table; undefined
 * where it took the file.
 */
const SAID: readonly (readonly [title: string, plan: Plan, rule?: RuleId, said?: string])[] = [
  [
    'one module layer',
    { layers: [module()] },
    'layer-count',
    `${NEITHER}invalid media type ${MODULE} (expect ${TAR_GZIP})${ONE}`,
  ],
  ['two layers', { layers: [text, module()] }],
  ['two layers, the module first', { layers: [module(), text] }],
  [
    'three layers',
    { layers: [text, module(), text] },
    'layer-count',
    `${NEITHER}invalid media type text/plain (expect ${TAR_GZIP})${NOR}number of layers must be 2 but got 3\n\n`,
  ],
  [
    'no module layer',
    { layers: [text, { type: 'application/wasm' }] },
    'layer-type',
    `${NEITHER}invalid media type application/wasm (expect ${TAR_GZIP})${NOR}could not find the layer of type ${MODULE}\n\n`,
  ],
  [
    'no layers',
    { layers: [] },
    'layer-count',
    `${NEITHER}number of layers must be greater than zero${NOR}number of layers must be 2 but got 0\n\n`,
  ],
  ['an archive', { layers: [text, archive('a/plugin.wasm')] }],
  [
    'an archive with another file',
    { layers: [archive('filter.wasm')] },
    'no-plugin-file',
    `${NEITHER}${NO_FILE}${ONE}`,
  ],
  [
    'a raw module as an archive',
    { layers: [raw(filter)] },
    'archive-unreadable',
    `${NEITHER}could not extract wasm binary: failed to parse layer as tar.gz: gzip: invalid header${ONE}`,
  ],
  [
    'eight bytes as an archive',
    { layers: [raw(filter.subarray(0, 8))] },
    'archive-unreadable',
    `${NEITHER}could not extract wasm binary: failed to parse layer as tar.gz: unexpected EOF${ONE}`,
  ],
  [
    'nothing as an archive',
    { layers: [raw(bytes())] },
    'archive-unreadable',
    `${NEITHER}could not extract wasm binary: failed to parse layer as tar.gz: EOF${ONE}`,
  ],
  ['a folder plugin.wasm', { layers: [folder] }, 'plugin-not-wasm', INVALID],
  ['a text plugin.wasm', { layers: [archive('plugin.wasm', 'hello')] }, 'plugin-not-wasm', INVALID],
  [
    'a text as the module',
    { layers: [text, module(bytes('hello world'))] },
    'layer-not-wasm',
    INVALID,
  ],
  [
    'four bytes as the module',
    { layers: [text, module(bytes('\0asm'))] },
    'layer-not-wasm',
    INVALID,
  ],
  ['eight bytes as the module', { layers: [text, module(bytes('\0asm', 9, 9, 9, 9))] }],
  ['a Docker image', docker(dockerLayer)],
  [
    'a Docker image with an OCI layer',
    docker(archive()),
    'layer-type',
    `${NO_DOCKER}invalid media type ${TAR_GZIP} (expect ${DOCKER_TAR_GZIP})`,
  ],
  [
    'a Docker image without the file',
    docker({ ...archive('x'), type: DOCKER_TAR_GZIP }),
    'no-plugin-file',
    NO_DOCKER + NO_FILE,
  ],
  [
    'a Docker image without layers',
    docker(),
    'no-layers',
    `${NO_DOCKER}number of layers must be greater than zero`,
  ],
  [
    'an OCI image with a Docker layer',
    { layers: [dockerLayer] },
    'layer-count',
    `${NEITHER}invalid media type ${DOCKER_TAR_GZIP} (expect ${TAR_GZIP})${ONE}`,
  ],
]

const rowOf = (plan: Plan, consumer: ConsumerId = 'istio'): ConsumerResult => {
  const row = evaluate(subject(plan)).find((found) => found.consumer === consumer)
  assert.ok(row)
  return row
}

describe("Istio's fetcher", () => {
  for (const [title, plan, rule = 'fits', said = ''] of SAID) {
    it(`Istio's fetcher ${title}: ${rule}`, () => {
      const { pull } = rowOf(plan)
      assert.deepEqual(
        [pull.rule, pull.verdict, pull.evidence],
        [rule, rule === 'fits' ? 'ok' : 'refuses', 'executed'],
      )
      assert.equal(pull.words.length > 0, rule !== 'fits')
      for (const word of pull.words) assert.ok(said.includes(word), `${word}\n${said}`)
    })
  }

  it("Istio's fetcher and its forks take the same, by reading where nothing was run", () => {
    for (const [, plan, rule = 'fits'] of SAID) {
      for (const consumer of ['envoy-gateway', 'higress'] as const) {
        assert.equal(rowOf(plan, consumer).pull.rule, rule)
      }
      assert.equal(rowOf(plan, 'higress').pull.evidence, 'read')
    }
    assert.equal(rowOf(docker(dockerLayer), 'envoy-gateway').pull.evidence, 'read')
  })

  it("Istio's fetcher cuts what Envoy Gateway refuses and Higress takes: more than 256 MiB", () => {
    const large = { layers: [{ ...module(), size: 2 ** 28 + 1 }, text] }
    assert.equal(rowOf(large).pull.verdict, 'ok')
    assert.equal(rowOf(large).run.verdict, 'unknown')
    const { words } = rowOf(large, 'envoy-gateway').pull
    assert.match(words.join(), /wasm layer size exceeds maximum size 268435456/)
    assert.equal(rowOf(large, 'higress').run.verdict, 'ok')
  })

  it("Istio's fetcher is not known for what was not looked at, or not followed", () => {
    const rules = (plan: Plan) => [rowOf(plan).pull.verdict, rowOf(plan).pull.rule]
    assert.deepEqual(rules({ layers: [{ type: TAR_GZIP }] }), ['unknown', 'not-looked-at'])
    assert.deepEqual(rules({ layers: [text, { type: MODULE }] }), ['unknown', 'not-looked-at'])
    const sparse = { type: TAR_GZIP, archive: [{ name: 'x', type: 'S' }] }
    assert.deepEqual(rules({ layers: [sparse] }), ['unknown', 'partly-read'])
    assert.deepEqual(rules({ layers: [raw(gzipSync(filter))] }), ['unknown', 'not-looked-at'])
  })

  it("Istio's fetcher says of a cut archive what the walk says", () => {
    const cut = { type: TAR_GZIP, archive: [{ name: 'x', size: 9 ** 9 }] }
    const { words } = rowOf({ layers: [cut] }).pull
    assert.match(words.join(), /compat variant: could not extract wasm binary: unexpected EOF/)
  })
})

describe('the words of a decompressor', () => {
  it('the errors of the decompressor are those of Go', () => {
    assert.equal(gzipFailure('incorrect header check'), 'gzip: invalid header')
    assert.equal(gzipFailure('incorrect data check'), 'gzip: invalid checksum')
    assert.equal(gzipFailure('unexpected end of file'), 'unexpected EOF')
    assert.equal(gzipFailure('invalid distance too far back'), 'flate: corrupt input before offset')
  })
})
