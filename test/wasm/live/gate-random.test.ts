import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { RegistryError } from '../../../src/oci/errors.ts'
import { digestOf } from '../../../src/oci/digest.ts'
import { readManifest } from '../../../src/oci/manifest.ts'
import { WasmServices } from '../../../src/wasm/live/wasm-services.ts'
import { bodyOf } from '../../support/in-process-access.ts'
import { openTestRegistry } from '../../support/test-registry.ts'
import { command, filter, PUSHES, server } from '../build/conventions.ts'
import { tar } from '../build/tar.ts'

const CONSUMERS = ['istio', 'asm', 'envoy', 'wkg', 'spin', 'kubewarden', 'runwasi'] as const
const wasm = new WasmServices([
  { repositories: ['enforce'], mode: 'enforce', consumers: CONSUMERS },
  { repositories: ['all'], mode: 'warn', consumers: CONSUMERS },
])
after(() => wasm.close())
const { registry } = await openTestRegistry({ observer: wasm.observer })
const REPOSITORIES = ['enforce', 'all', 'made-for']

const archive = gzipSync(tar({ name: 'a/plugin.wasm', data: filter }))
const FILES = [
  filter,
  command,
  server,
  filter.subarray(0, 50),
  archive,
  archive.subarray(0, 40),
  '',
  'text',
  '{}',
]
const blobs = FILES.map((file) => Buffer.from(file))
for (const repository of REPOSITORIES)
  for (const blob of blobs) await registry.uploads.put(repository, digestOf(blob), bodyOf(blob))

const TYPES = [
  ...new Set(
    Object.values(PUSHES).flatMap(({ config, layers }) => [
      config,
      ...layers.map(({ type }) => type),
    ]),
  ),
].filter((type) => type !== undefined)

const text = fc.string({ unit: 'binary', maxLength: 300 })
const descriptor = fc
  .record({
    // Valid files more often, or nearly all manifests would be refused.
    file: fc.constantFrom(...blobs, ...blobs.slice(0, 3), ...blobs.slice(0, 3)),
    mediaType: fc.constantFrom(...TYPES),
    title: fc.option(text),
  })
  .map(({ file, mediaType, title }) => ({
    mediaType,
    digest: digestOf(file),
    size: file.length,
    ...(title !== null && { annotations: { 'org.opencontainers.image.title': title } }),
  }))
const manifest = fc.record(
  {
    schemaVersion: fc.constant(2),
    mediaType: fc.constantFrom(
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.v2+json',
      'application/vnd.example+json',
    ),
    config: descriptor,
    layers: fc.array(descriptor, { maxLength: 3 }),
    annotations: fc.dictionary(text, text, { maxKeys: 3 }),
    artifactType: fc.constantFrom('', 'application/vnd.unknown.artifact.v1', 'application/x'),
    subject: descriptor,
  },
  { requiredKeys: ['schemaVersion', 'mediaType', 'config', 'layers'] },
)
const push = fc.record({
  repository: fc.constantFrom(...REPOSITORIES),
  body: manifest,
  tags: fc.subarray(['v1', 'latest', 'sha256-'.padEnd(71, '0')]),
})

describe('the gate on random manifests', () => {
  it('admits or refuses each, with warnings and errors that fit into a response', async () => {
    const seen = { taken: 0, warned: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(push, async ({ repository, body, tags }) => {
        const bytes = Buffer.from(JSON.stringify(body))
        const incoming = {
          repository,
          digest: digestOf(bytes),
          bytes,
          manifest: readManifest(bytes, body.mediaType),
          tags,
          content: registry.content(repository),
          host: 'registry.test:5000',
        }
        try {
          const { warnings } = await wasm.gate.admit(incoming)
          seen[warnings.length > 0 ? 'warned' : 'taken']++
          const values = warnings.map((warning) => `299 - "${warning}"`)
          for (const value of values) assert.match(value, /^[ -~]+$/)
          assert.ok(values.join('').length <= 4096)
        } catch (error) {
          assert.ok(error instanceof RegistryError, String(error))
          seen.refused++
          assert.equal(error.failure, 'MANIFEST_INVALID')
          assert.match(error.message, /^[ -~]+$/)
          assert.ok(JSON.stringify([error.message, error.detail]).length < 8000)
        }
      }),
      { numRuns: 800, seed: 5 },
    )
    for (const [what, times] of Object.entries(seen))
      assert.ok(times > 20, `${what} ${times} times`)
  })
})
