import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assess } from '../../../src/wasm/assess/assess.ts'
import type { ConsumerId } from '../../../src/wasm/consumers/ids.ts'
import type { Finding } from '../../../src/wasm/assess/finding.ts'
import { formatWarnings } from '../../../src/wasm/assess/warnings.ts'
import { indexSubject, type Plan, subject } from '../build/artifact.ts'
import { component } from '../build/bytes.ts'
import { command, filter, PUSHES } from '../build/conventions.ts'

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const CONFIG = 'application/vnd.module.wasm.config.v1+json'
const TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
const REFERENCE = 'registry.test:5000/asm/asm-test:v0.1'

const warningsFor = (plan: Plan, consumers?: ConsumerId[], tag = 'v0.1') =>
  formatWarnings(
    assess({ ...subject(plan), reference: REFERENCE, tag, ...(consumers && { consumers }) })
      .refusals,
  )

/** The only pushes of clients as they are that somebody they are made for refuses. */
const WARNED = ['asm-single-layer', 'module-layers', 'bare-wasm', 'untyped']

describe('warnings', () => {
  it('warnings name the refusing consumers, their errors and the push that works', () => {
    assert.deepEqual(warningsFor(PUSHES['asm-single-layer']!), [
      'Istio 1.31, Envoy Gateway 1.9.1 and Higress will not pull this: ' +
        `could not parse as compat variant: invalid media type ${MODULE} (expect ${TAR_GZIP}); ` +
        'could not parse as oci variant: number of layers must be 2 but got 1. Instead: ' +
        `oras push ${REFERENCE} --config runtime-config.json:${CONFIG} runtime-config.json:${CONFIG} example-filter.wasm:${MODULE}`,
    ])
  })

  for (const [push, plan] of Object.entries(PUSHES)) {
    const warned = WARNED.includes(push.split(':')[0]!)
    it(`warnings for ${push}: ${warned ? 'some' : 'none'}`, () => {
      assert.equal(warningsFor(plan).length, warned ? 1 : 0, warningsFor(plan).join('\n'))
    })
  }

  it('warnings are about the consumers that a policy names, and no others', () => {
    assert.deepEqual(warningsFor(PUSHES['asm-single-layer']!, ['asm']), [])
    assert.deepEqual(warningsFor(PUSHES['asm-single-layer']!, []), [])
    const [istio, ...more] = warningsFor(PUSHES['asm-single-layer']!, ['istio'])
    assert.match(istio!, /^Istio 1\.31 will not pull this/)
    assert.deepEqual(more, [])
    assert.match(warningsFor(PUSHES['wkg']!, ['kubewarden'])[0]!, /Instead: kwctl push server.wasm/)
    const missing = warningsFor(PUSHES['none:opened']!, ['istio'])
    assert.match(
      missing[0]!,
      /plugin\.wasm not found in the archive.*cp filter\.wasm plugin\.wasm && .* crane append --oci-empty-base/,
    )
    assert.deepEqual(warningsFor(PUSHES['none']!, ['istio']), [])
  })

  it('warnings are not about exempt artifacts', () => {
    const signature = 'sha256-'.padEnd(71, '0')
    assert.deepEqual(warningsFor(PUSHES['none:helm']!, ['istio', 'wkg']), [])
    for (const push of ['none:cosign', 'none:cosign-referrer'])
      assert.deepEqual(warningsFor(PUSHES[push]!, ['istio', 'wkg'], `${signature}.sig`), [])
    assert.equal(warningsFor(PUSHES['none:cosign']!, ['istio']).length, 1)
  })

  it('warnings name consumers that pull the artifact and fail to run it', () => {
    const layers = (bytes: Uint8Array): Plan => ({
      layers: [{ type: CONFIG }, { type: MODULE, bytes }],
    })
    assert.deepEqual(warningsFor(layers(filter)), [])
    assert.match(
      warningsFor(layers(command))[0]!,
      /^Istio 1\.31, Envoy Gateway 1\.9\.1 and Higress will pull this and fail to run it: Missing or unknown Proxy-Wasm ABI version\. Instead: build it with a proxy-wasm SDK/,
    )
    assert.match(warningsFor(layers(component()))[0]!, /Instead: build a core module/)
    const redis = warningsFor(PUSHES['solo-io-oci:higress']!, ['istio', 'higress'])
    assert.match(redis[0]!, /^Istio 1\.31 will pull .* missing import: env\.proxy_redis_call/)
  })

  it('warnings name consumers that find no child in an index', () => {
    const request = { ...indexSubject(['wasi/wasm', 'unknown/unknown']), reference: REFERENCE }
    assert.deepEqual(assess(request).refusals, [])
    const [refusal] = assess({ ...request, consumers: ['istio'] }).refusals
    assert.match(refusal?.text ?? '', /no child with platform/)
    assert.match(refusal?.fix?.command ?? '', /--provenance=false --platform linux\/amd64/)
  })

  it('warnings fit together into 4096 characters of a header', () => {
    const finding = (text: string, fix?: string): Finding => ({
      rule: 'large',
      severity: 'warning',
      consumers: [],
      parameters: {},
      text,
      ...(fix && { fix: { text: fix } }),
    })
    const many = Array.from({ length: 100 }, () => finding('x'.repeat(400), 'y'.repeat(500)))
    const texts = formatWarnings([...many, finding('"'.repeat(300))])
    const header = texts.map((text) => `299 - "${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`)
    assert.ok(header.join('').length <= 4096)
    assert.ok(texts.length >= 5)
    // The characters around each text count too: 45 of 82 characters with it are 4050.
    const short = formatWarnings(Array.from({ length: 60 }, () => finding('x'.repeat(82))))
    assert.equal(short.length, 45)
    assert.equal(texts.at(-1), 'x'.repeat(400))
    assert.deepEqual(formatWarnings([finding('"'.repeat(2100))]), [])
    assert.deepEqual(formatWarnings([]), [])
  })

  it('warnings are printable', () => {
    for (const plan of Object.values(PUSHES)) {
      for (const consumers of [undefined, ['istio', 'wkg', 'spin', 'runwasi'] as ConsumerId[]]) {
        for (const text of warningsFor(plan, consumers)) assert.match(text, /^[ !#-[\]-~]+$/)
      }
    }
  })
})
