import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { looksLikeDigest } from '../../src/oci/digest.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import { type Manifest, readManifest } from '../../src/oci/manifest.ts'
import { assess } from '../../src/wasm/assess/assess.ts'
import { readArtifact } from '../../src/wasm/model/artifact.ts'
import { descriptor, image, IMAGE, index, INDEX } from '../support/manifest-texts.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { mutateText } from './mutate-text.ts'

const CASES = 100_000
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const SEEDS = [
  image(),
  image({ layers: [{ ...descriptor('x', MODULE), annotations: { a: 'b' } }] }),
  image({ subject: descriptor('y', IMAGE), artifactType: 'application/x', annotations: { c: '' } }),
  index([{ ...descriptor('z', IMAGE), platform: { os: 'wasip1', architecture: 'wasm' } }]),
]
/** Pieces of JSON, one on each line. */
const PIECES = String.raw`{
}
[
]
,
:
"
null
true
-1
1e3
2.0
\u0000
\ud800
\u2028
é
"mediaType":
"Layers":
"layers":null
"size":9007199254740993
"__proto__":{}
"config":{}
"digest":"sha256:00"
"annotations":{"a":1}
"manifests":[]`.split('\n')

function read(bytes: Uint8Array, type: string): Manifest | undefined {
  try {
    return readManifest(bytes, type)
  } catch (error) {
    assert.ok(error instanceof RegistryError, String(error))
    assert.equal(error.status, 400)
    return undefined
  }
}

/** An accepted manifest has whole references, and every consumer has a verdict on it. */
function assertWhole(manifest: Manifest): void {
  for (const { digest, size, mediaType } of manifest.references) {
    assert.ok(looksLikeDigest(digest))
    assert.ok(Number.isSafeInteger(size) && size >= 0)
    assert.ok(mediaType.length > 0 && mediaType.length <= 255)
  }
  for (const text of Object.values(manifest.annotations)) assert.equal(typeof text, 'string')
  const known = { blobs: new Map(), archives: new Map() }
  const { consumers } = assess({
    artifact: readArtifact(manifest),
    known,
    children: new Map(),
    reference: 'registry.example.com/a:v1',
    consumers: ['istio', 'wkg'],
  })
  assert.ok(consumers.length > 0)
}

describe(`the reader of manifests on mutated manifests (seed ${SEED})`, () => {
  it(`reads ${CASES} mutated manifests: each is refused with 400, or whole`, (test) => {
    const random = new SeededRandom(SEED)
    let accepted = 0
    for (let at = 0; at < CASES; at++) {
      const seed = random.pick(SEEDS)
      const bytes = Buffer.from(mutateText(seed, random, PIECES))
      if (random.chance(0.1)) bytes[random.below(bytes.length + 1)] = random.below(256)
      try {
        const manifest = read(bytes, random.chance(0.9) ? typeOf(seed) : 'application/json')
        if (!manifest) continue
        accepted++
        assertWhole(manifest)
      } catch (cause) {
        throw new Error(`case ${at} of seed ${SEED}: ${bytes.toString('base64')}`, { cause })
      }
    }
    test.diagnostic(`${accepted} were accepted`)
    assert.ok(accepted > CASES / 100, 'hardly any mutation is accepted: the test checks too little')
  })
})

function typeOf(text: string): string {
  return text.includes('"manifests"') ? INDEX : IMAGE
}
