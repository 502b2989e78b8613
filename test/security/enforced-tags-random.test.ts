import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isDigest } from '../../src/oci/digest.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import { built, type Content, contentOf, describe as described } from '../support/artifact.ts'
import { command, filter } from '../wasm/build/conventions.ts'
import { tar } from '../wasm/build/tar.ts'
import { EnforcedRegistry, IMAGE, INDEX, MODULE, MODULE_CONFIG, pair } from './enforced-registry.ts'

const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json'
const ARCHIVE = 'application/vnd.oci.image.layer.v1.tar+gzip'
const DOCKER_ARCHIVE = 'application/vnd.docker.image.rootfs.diff.tar.gzip'
const CHART = 'application/vnd.cncf.helm.config.v1+json'
const STRANGE = 'application/vnd.strange+json'

const CONFIG = contentOf('{}')
const GOOD = contentOf(filter)
const packed = (data: Uint8Array) => contentOf(gzipSync(tar({ name: 'plugin.wasm', data })))
const PACKED = described(packed(filter), ARCHIVE)
const files = [
  GOOD,
  contentOf(command),
  contentOf('<!DOCTYPE html>'),
  contentOf(filter.subarray(0, 60)),
  packed(filter),
  packed(command),
]

/** Manifests by all that might exempt them, with and without the type in their bytes. */
const ARTIFACTS: readonly Content[] = files.flatMap((file) => {
  const subject = described(GOOD, IMAGE)
  const silent = (fields: object) => contentOf(JSON.stringify({ schemaVersion: 2, ...fields }))
  const config = described(CONFIG, MODULE_CONFIG)
  const archives = [described(file, ARCHIVE)]
  return [
    pair(file),
    pair(file, { subject }),
    pair(file, {}, CHART),
    pair(file, {
      annotations: { 'wasmoor/layout': 'envoy', 'wasmoor/layout-version': '1' },
      subject,
    }),
    built(IMAGE, { config, layers: [described(file, MODULE)] }),
    built(IMAGE, { config, layers: archives }),
    built(IMAGE, { config, layers: [described(file, 'application/wasm'), PACKED] }),
    silent({ config, layers: archives }),
    silent({ config, layers: [described(file, DOCKER_ARCHIVE)] }),
    silent({ config, layers: [config, described(file, MODULE)] }),
    silent({ layers: [config, described(file, MODULE)] }),
  ]
})
const indexOf = (children: readonly Content[], platform?: object) => {
  const manifests = children.map((child) => ({ ...described(child, IMAGE), platform }))
  return contentOf(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }))
}
/** An artifact with its file and indexes of it: few enough to meet again in one sequence. */
const FAMILIES = ARTIFACTS.map((child, at) => {
  const nested = indexOf([child])
  const other = ARTIFACTS[(at + 7) % ARTIFACTS.length]!
  return {
    file: files[Math.floor(at / (ARTIFACTS.length / files.length))]!,
    manifests: [child, child, child, nested, indexOf([other, child]), indexOf([nested])],
  }
})
const TAGS = ['v1', 'v1-envoy', 'sha256-prod', `sha256-${'0'.repeat(64)}-prod`]
const SIGNATURE = `sha256-${'0'.repeat(64)}.sig`

/** The contents of one sequence. */
interface Pool {
  readonly files: readonly Content[]
  readonly manifests: readonly Content[]
}

type Step = (registry: EnforcedRegistry, pool: Pool) => Promise<unknown>

const at = fc.nat(1000)
const pick = (all: readonly Content[], position: number) => all[position % all.length]!
const tag = fc.constantFrom(...TAGS)
/** More often what a pusher who means well sends. */
const type = fc.constantFrom(undefined, undefined, undefined, IMAGE, DOCKER, STRANGE)

function typeOf({ bytes }: Content): string {
  const { mediaType } = JSON.parse(Buffer.from(bytes).toString()) as { mediaType?: string }
  return mediaType ?? IMAGE
}
const put =
  (
    position: number,
    reference: string | undefined,
    sent?: string,
    tags?: readonly string[],
  ): Step =>
  (registry, { manifests }) => {
    const { bytes, digest } = pick(manifests, position)
    const mediaType = sent ?? typeOf({ bytes, digest })
    return registry.push({ bytes, mediaType }, reference ?? digest, tags)
  }

const steps: readonly fc.Arbitrary<readonly [name: string, step: Step]>[] = [
  at.map((one) => ['blob', (to, pool) => to.blob(pick([...pool.files, ...pool.manifests], one))]),
  at.map((one) => [
    'blob deleted',
    (to, pool) => to.registry.blobs.delete('a', pick(pool.files, one).digest),
  ]),
  fc.tuple(at, type).map(([one, sent]) => ['by digest', put(one, undefined, sent)]),
  fc.tuple(at, type).map(([one, sent]) => ['by digest', put(one, undefined, sent)]),
  fc.tuple(at, tag, type).map(([one, to, sent]) => ['by tag', put(one, to, sent)]),
  fc.tuple(at, tag).map(([one, to]) => ['by tag', put(one, to)]),
  fc
    .tuple(at, type, fc.subarray([...TAGS, SIGNATURE]))
    .map(([one, sent, tags]) => ['tags', put(one, undefined, sent, tags)]),
  fc
    .tuple(at, fc.option(tag), fc.boolean())
    .map(([one, to, replace]) => [
      'layout',
      (registry, { manifests }) =>
        registry.layout(pick(manifests, one).digest, to ?? undefined, replace),
    ]),
  fc
    .tuple(tag, fc.option(tag), fc.boolean())
    .map(([from, to, replace]) => [
      'layout of a tag',
      (registry) => registry.layout(from, to ?? undefined, replace),
    ]),
  fc
    .tuple(at, fc.option(tag))
    .map(([one, reference]) => [
      'deleted',
      (to, { manifests }) =>
        to.registry.manifests.delete('a', reference ?? pick(manifests, one).digest),
    ]),
]
const sequence = fc.array(fc.oneof(...steps), { minLength: 5, maxLength: 30, size: 'max' })
const pool = fc
  .array(fc.constantFrom(...FAMILIES), { minLength: 1, maxLength: 2 })
  .map((families): Pool => ({
    files: families.map(({ file }) => file),
    manifests: families.flatMap(({ manifests }) => manifests),
  }))

describe('random ways to an enforced tag', () => {
  for (const references of ['strict', 'sparse'] as const)
    it(`M2: never lead to an artifact that the policy refuses, where references are ${references}`, async () => {
      const seen = new Map<string, number>()
      const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
      await fc.assert(
        fc.asyncProperty(sequence, pool, fc.nat(3), async (random, contents, some) => {
          const registry = await EnforcedRegistry.open(references)
          try {
            if (some > 0)
              for (const file of [...contents.files, packed(filter)]) await registry.blob(file)
            for (const [name, step] of random) {
              await step(registry, contents).then(
                () => count(name),
                (error: unknown) => {
                  assert.ok(error instanceof RegistryError, String(error))
                  assert.ok(error.status < 500, error.message)
                  count(error.failure)
                },
              )
              for (const each of TAGS) {
                const digest = await registry.digestOf(each)
                if (digest === undefined) continue
                assert.ok(isDigest(digest))
                assert.deepEqual(await registry.refusalsOf(each), [], `${each} after ${name}`)
                count(`checked ${each}`)
              }
            }
          } finally {
            await registry.close()
          }
        }),
        { numRuns: 300 },
      )
      for (const what of ['by digest', 'by tag', 'tags', 'layout', 'deleted'])
        assert.ok((seen.get(what) ?? 0) > 0, JSON.stringify([...seen]))
      assert.ok((seen.get('checked v1') ?? 0) > 10, JSON.stringify([...seen]))
    })
})
