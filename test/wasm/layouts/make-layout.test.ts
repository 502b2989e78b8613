import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { DamagedModule } from '../../../src/wasm/layouts/contents.ts'
import { readMark } from '../../../src/wasm/layouts/layout.ts'
import { makeLayout } from '../../../src/wasm/layouts/make-layout.ts'
import { evaluate } from '../../../src/wasm/assess/matrix.ts'
import { PluginArchive } from '../../../src/wasm/read/archive/plugin-archive.ts'
import { recognise } from '../../../src/wasm/model/convention.ts'
import { digestOf } from '../build/artifact.ts'
import { filter, PUSHES } from '../build/conventions.ts'
import { read } from '../build/read.ts'
import { artifactOf, inPieces, made, ORIGINAL, sourceIn, textOf, whole } from './made.ts'

const SINGLE = PUSHES['asm-single-layer']!
const RAW = PUSHES['wkg:module']!
/**
 * No module, but bytes that anybody can make again: 200,000 of them, more than three blocks of the
 * gzip.
 */
const BYTES = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 31 + (at >> 8)) % 251)

describe('the envoy layout', () => {
  it('the envoy layout is these bytes', async () => {
    assert.equal(
      textOf(await made('envoy', SINGLE, BYTES)),
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",' +
        `"config":{"mediaType":"application/vnd.module.wasm.config.v1+json","digest":"${digestOf('config')}","size":2},` +
        `"layers":[{"mediaType":"application/vnd.module.wasm.config.v1+json","digest":"${digestOf('config')}","size":2,` +
        '"annotations":{"org.opencontainers.image.title":"runtime-config.json"}},' +
        '{"mediaType":"application/vnd.module.wasm.content.layer.v1+wasm",' +
        '"digest":"sha256:c42fc4851f73f44758198f6150c360345fcdd85e74745c46d8eb26c862648bc1","size":200000,' +
        '"annotations":{"org.opencontainers.image.title":"example-filter.wasm"}}],' +
        `"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"${ORIGINAL.digest}","size":500},` +
        '"annotations":{"wasmoor/layout":"envoy","wasmoor/layout-version":"1"}}',
    )
  })

  it('the envoy layout names the config of the original if it is of the kind, and else an empty one', async () => {
    assert.deepEqual((await made('envoy', SINGLE, BYTES)).blobs, [])
    const { blobs } = await made('envoy', RAW, BYTES)
    assert.deepEqual(
      blobs.map(({ digest, size }) => [digest, size]),
      [['sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', 2]],
    )
    assert.equal((await whole(blobs[0]!.open())).toString(), '{}')
  })

  it('the envoy layout has the digest that it always had', async () => {
    const single = 'sha256:34921b749585ace07eb4a9dca15e87711c98181ac13938f99f35451011bf4bcf'
    const raw = 'sha256:af1dd94158d9a5186b0b71d35454077a9bf54493279ab60d9c79face63058997'
    assert.equal((await made('envoy', SINGLE, BYTES)).digest, single)
    assert.equal((await made('envoy', RAW, BYTES)).digest, raw)
  })
})

describe('the compat layout', () => {
  it('the compat layout has the digests that it always had, however the module comes in', async () => {
    for (const chunk of [1, 511, 65_536, 100_000, BYTES.length]) {
      const { digest, blobs } = await made('compat', SINGLE, BYTES, chunk)
      assert.deepEqual(
        [digest, ...blobs.map((blob) => blob.digest)],
        [
          'sha256:fa430ccb2913b2128fdf24bc4ad37437252bc31d4c2681ff71a8a4232590a836',
          'sha256:071e45752680bb07ed550b6210e6bc0d956eaf993b92ee669a124c1874607a64',
          'sha256:1cd5817261b605fdf7653e15c94fa769f474e28ce9f23ea84244a18f48400adc',
        ],
      )
    }
  })

  it('the compat layout holds the module and nothing else, in blobs that are what their descriptors say', async () => {
    const { blobs } = await made('compat', SINGLE, BYTES, 4096)
    for (const blob of blobs) {
      const bytes = await whole(blob.open())
      assert.equal(bytes.length, blob.size)
      assert.equal(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, blob.digest)
    }
    const [config, layer] = blobs
    const tar = gunzipSync(await whole(layer!.open()))
    assert.deepEqual(tar.subarray(512, 512 + BYTES.length), Buffer.from(BYTES))
    assert.ok(tar.subarray(512 + BYTES.length).every((byte) => byte === 0))
    assert.equal(
      (await whole(config!.open())).toString(),
      '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers",' +
        `"diff_ids":["sha256:${createHash('sha256').update(tar).digest('hex')}"]}}`,
    )
  })

  it('the compat layout is not made of a module that is not what its digest says', async () => {
    const source = sourceIn(SINGLE, 'compat', BYTES)
    const other = Uint8Array.from(BYTES)
    other[1000]! ^= 1
    for (const bytes of [other, BYTES.subarray(1), Buffer.concat([BYTES, BYTES])]) {
      await assert.rejects(
        makeLayout('compat', ORIGINAL, source, () => inPieces(bytes, 4096)),
        DamagedModule,
      )
    }
  })
})

describe('a layout', () => {
  for (const [name, convention] of [
    ['envoy', 'solo-io-oci'],
    ['compat', 'compat'],
  ] as const) {
    it(`a layout ${name} is taken by Istio and its relatives, and says what it is`, async () => {
      const layout = await made(name, SINGLE, filter)
      const artifact = artifactOf(layout)
      const last = artifact.layers.at(-1)!
      const walking = new PluginArchive()
      const packed = layout.blobs[1]
      if (packed) walking.update(gunzipSync(await whole(packed.open())))
      const known =
        name === 'envoy'
          ? { blobs: new Map([[last.digest, read(filter)]]), archives: new Map() }
          : { blobs: new Map(), archives: new Map([[last.digest, walking.finish()]]) }
      assert.equal(recognise(artifact, known).id, convention)
      const rows = evaluate({ artifact, known })
      for (const consumer of ['istio', 'envoy-gateway', 'higress']) {
        const { pull, run } = rows.find((row) => row.consumer === consumer)!
        assert.deepEqual([pull.verdict, run.verdict], ['ok', 'ok'], consumer)
      }
      const mark = { layout: name, version: 1, original: ORIGINAL.digest }
      assert.deepEqual(readMark(artifact), mark)
      assert.deepEqual(artifact.subject, ORIGINAL)
    })
  }
})
