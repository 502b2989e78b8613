import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isVerdict } from '../../src/wasm/consumers/consumer.ts'
import { CONSUMERS, evaluate, type Row } from '../../src/wasm/matrix.ts'
import { digestOf, DOCKER, indexSubject, type Plan, subject } from './build/artifact.ts'
import { bytes } from './build/bytes.ts'
import { filter, PUSHES } from './build/conventions.ts'

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
const DOCKER_TAR_GZIP = 'application/vnd.docker.image.rootfs.diff.tar.gzip'

const SIGNS = { ok: 'Y', refuses: 'n', unknown: '?' }
const IDS = 'istio envoy-gateway higress asm envoy wkg wash wassette spin kubewarden runwasi'.split(
  ' ',
)

/** For each consumer, in the order of IDS: whether it pulls, and whether it runs what is there. */
const CELLS: Readonly<Record<string, string>> = {
  'asm-single-layer': 'nY nY nY YY YY nY nn nn n? n? nn',
  'asm-single-layer:oras-0.12': 'nY nY nY YY YY nY nn nn n? n? nn',
  'solo-io-oci': 'YY YY YY ?Y YY nY n? nn n? n? nn',
  'solo-io-oci:higress': 'Yn Yn YY ?n Yn nY n? nn n? n? nn',
  'module-layers': 'nY nY nY ?Y YY nY n? nn n? n? nn',
  compat: 'YY YY YY ?Y YY nY n? nn n? n? ?n',
  'compat:annotated': '?? ?? ?? ?? ?? nY n? n? n? n? ??',
  docker: 'YY YY YY ?Y YY nY n? nn n? n? ?n',
  higress: 'YY YY YY ?Y YY nY n? nn n? n? nn',
  'higress:redis': 'Yn Yn YY ?n Yn nY n? nn n? n? nn',
  wasmcloud: 'nn nn nn Yn Yn nY YY nY n? nn nY',
  'wasm-to-oci': 'nn nn nn ?n Yn nY n? nn Y? Y? nY',
  kubewarden: 'nn nn nn ?n Yn nY n? nn Y? YY nn',
  'kubewarden:section': 'nn nn nn ?n Yn nY n? nn Y? YY nn',
  spin: 'nn nn nn ?n Yn nY n? nY Y? nn nY',
  'spin:old': 'nn nn nn ?n Yn nY n? nY Y? Yn nY',
  wkg: 'nn nn nn ?n Yn YY YY YY Y? nn YY',
  'wkg:module': 'nn nn nn ?n Yn YY nn Yn Y? n? YY',
  'wkg:wit': 'nn nn nn ?n Yn YY Yn Yn Y? nn Yn',
  'bare-wasm': 'nn nn nn ?n Yn nY YY nY Y? nn ?Y',
  runwasi: 'nn nn nn ?n Yn nY n? nn n? n? YY',
  'runwasi:application/wasm': 'nn nn nn ?n Yn nY YY nY Y? nn YY',
  'helm-plugin': 'n? n? n? ?? n? n? n? n? n? n? ??',
  'wasm-layer': 'nn nn nn ?n Yn nY n? nn n? n? nY',
  'wasm-layer:content': 'nn nn nn ?n Yn nY n? nn Y? Y? nY',
  untyped: 'nY nY nY ?Y YY nY n? nn n? n? ?n',
  'untyped:octets': 'nY nY nY ?Y YY nY n? nn n? n? nn',
  none: '?? ?? ?? ?? ?? nY n? n? n? n? ??',
  'none:opened': 'n? n? n? ?? n? n? n? n? n? n? ??',
  'none:docker': '?? ?? ?? ?? ?? nY n? n? n? n? ??',
  'none:helm': 'n? n? n? ?? n? n? n? n? n? n? ??',
  'none:cosign': 'n? n? n? ?? n? n? n? n? n? n? n?',
  'none:cosign-referrer': 'n? n? n? ?? n? n? n? n? n? n? n?',
  'none:files': 'nn nn nn ?n Yn nY n? nn n? n? nY',
}

const rowOf = (plan: Plan, consumer: string): Row => {
  const row = evaluate(subject(plan)).find((found) => found.consumer === consumer)
  assert.ok(row)
  return row
}

describe('the matrix', () => {
  it('has every consumer, with version and sources', () => {
    assert.deepEqual(
      CONSUMERS.map(({ id }) => id),
      IDS,
    )
    for (const { title, version, sources } of CONSUMERS) {
      assert.match(version, /\d/, title)
      assert.ok(sources.length > 0, title)
    }
  })

  it('has every push', () => assert.deepEqual(Object.keys(CELLS), Object.keys(PUSHES)))

  for (const [push, cells] of Object.entries(CELLS)) {
    it(push, () => {
      const rows = evaluate(subject(PUSHES[push]!))
      const found = rows.map(({ pull, run }) => SIGNS[pull.verdict] + SIGNS[run.verdict])
      assert.equal(found.join(' '), cells)
    })
  }
})

describe('the image fetcher of Istio', () => {
  const image = (archive: Plan['layers'][number]): Plan => ({ layers: [archive] })
  const pullOf = (plan: Plan, consumer = 'istio') => rowOf(plan, consumer).pull

  it('says why it takes neither variant', () => {
    assert.deepEqual(pullOf(PUSHES['asm-single-layer']!), {
      verdict: 'refuses',
      rule: 'layer-count',
      words: [
        `could not parse as compat variant: invalid media type ${MODULE} (expect ${TAR_GZIP})`,
        'could not parse as oci variant: number of layers must be 2 but got 1',
      ],
      evidence: 'executed',
    })
    const other = pullOf({
      layers: [{ type: MODULE, bytes: filter }, { type: 'a/b' }, { type: 'a/b' }],
    })
    assert.match(other.words.join(), /must be 2 but got 3/)
    const neither = pullOf({ layers: [{ type: 'a/b' }, { type: 'application/wasm' }] })
    assert.deepEqual(
      [neither.rule, neither.words[1]],
      ['layer-type', `could not parse as oci variant: could not find the layer of type ${MODULE}`],
    )
    const none = pullOf({ layers: [] })
    assert.match(none.words.join(), /number of layers must be greater than zero/)
  })

  it('takes two layers in any order, the second of any type', () => {
    const module = { type: MODULE, bytes: filter }
    assert.equal(pullOf({ layers: [module, { type: 'text/plain' }] }).verdict, 'ok')
    assert.equal(pullOf({ layers: [{ type: 'text/plain' }, module] }).verdict, 'ok')
    assert.equal(pullOf({ layers: [{ type: 'text/plain' }, { type: MODULE }] }).verdict, 'unknown')
  })

  it('looks for plugin.wasm in the last layer alone', () => {
    const plugin = { type: TAR_GZIP, archive: [{ name: 'plugin.wasm', data: filter }] }
    const other = { type: TAR_GZIP, archive: [{ name: 'filter.wasm', data: filter }] }
    assert.equal(pullOf({ layers: [other, other, plugin] }).verdict, 'ok')
    const missing = pullOf({ layers: [plugin, plugin, other] })
    assert.equal(missing.rule, 'no-plugin-file')
    assert.deepEqual(missing.words, [
      'could not parse as compat variant: could not extract wasm binary: plugin.wasm not found in the archive',
      'could not parse as oci variant: number of layers must be 2 but got 3',
    ])
  })

  it('refuses what is no gzip, no tar and no module', () => {
    const zstd = pullOf(image({ type: 'application/vnd.oci.image.layer.v1.tar+zstd' }))
    assert.deepEqual([zstd.rule, zstd.evidence], ['layer-count', 'executed'])
    const raw = pullOf(image({ type: TAR_GZIP, bytes: filter }))
    assert.match(raw.words.join(), /could not extract wasm binary: failed to parse layer as tar.gz: gzip: invalid header/)
    const folder = pullOf(image({ type: TAR_GZIP, archive: [{ name: 'plugin.wasm/', type: '5' }] }))
    assert.deepEqual(folder.words, ['fetched Wasm binary from', 'is invalid'])
    const short = { name: 'plugin.wasm', data: bytes('\0asm') }
    assert.equal(pullOf(image({ type: TAR_GZIP, archive: [short] })).rule, 'plugin-not-wasm')
    const eight = { name: 'plugin.wasm', data: bytes('\0asm', 9, 9, 9, 9) }
    assert.equal(pullOf(image({ type: TAR_GZIP, archive: [eight] })).verdict, 'ok')
  })

  it('takes a Docker image by its own types only', () => {
    const docker = (type: string, mediaType = DOCKER) => ({
      mediaType,
      layers: [{ type, archive: [{ name: 'plugin.wasm', data: filter }] }],
    })
    assert.equal(pullOf(docker(DOCKER_TAR_GZIP)).verdict, 'ok')
    assert.deepEqual(pullOf(docker(TAR_GZIP)).words, [
      `could not extract Wasm file from the image as Docker container invalid media type ${TAR_GZIP} (expect ${DOCKER_TAR_GZIP})`,
    ])
    const oci = pullOf(docker(DOCKER_TAR_GZIP, 'application/vnd.oci.image.manifest.v1+json'))
    assert.match(oci.words.join(), /invalid media type .*rootfs.diff.tar.gzip/)
  })

  it('cuts what Envoy Gateway refuses and Higress takes: more than 256 MiB', () => {
    const large = { layers: [{ type: MODULE, bytes: filter, size: 2 ** 28 + 1 }, { type: 'a/b' }] }
    assert.equal(pullOf(large).verdict, 'ok')
    assert.equal(rowOf(large, 'istio').run.verdict, 'unknown')
    assert.match(pullOf(large, 'envoy-gateway').words.join(), /exceeds maximum size 268435456/)
    assert.equal(rowOf(large, 'higress').run.verdict, 'ok')
  })

  it('does not know what lies beyond what was followed', () => {
    const sparse = { type: TAR_GZIP, archive: [{ name: 'x', type: 'S' }] }
    assert.deepEqual(
      [pullOf(image(sparse)).verdict, pullOf(image(sparse)).rule],
      ['unknown', 'partly-read'],
    )
    const cut = subject(image({ type: TAR_GZIP, archive: [{ name: 'x', size: 9 ** 9 }] }))
    const [row] = evaluate(cut)
    assert.match(row!.pull.words.join(), /compat variant: could not extract wasm binary: unexpected EOF/)
  })
})

describe('an index', () => {
  const select = (consumer: string, platforms: readonly (string | undefined)[]) => {
    const { artifact } = indexSubject(platforms)
    const selected = CONSUMERS.find(({ id }) => id === consumer)!.select(artifact.children)
    return isVerdict(selected) ? selected.words.join() : artifact.children.indexOf(selected)
  }

  it('is judged by the child that each consumer selects', () => {
    assert.equal(select('istio', ['wasi/wasm', 'linux/amd64']), 1)
    assert.equal(select('istio', ['linux/arm64', undefined]), 1)
    assert.equal(select('istio', ['wasi/wasm', 'unknown/unknown']), 'no child with platform')
    assert.equal(select('wkg', [undefined, 'linux/amd64']), 1)
    assert.match(String(select('wkg', [undefined])), /no entry found in image index manifest/)
    assert.equal(select('asm', ['linux/amd64']), '')
  })

  it('says which child, and nothing of one that is not here', () => {
    const child = subject(PUSHES['compat']!)
    const index = indexSubject(['wasi/wasm', 'linux/amd64'])
    const [istio] = evaluate(index, new Map([[digestOf('1'), child]]))
    assert.deepEqual(
      [istio?.child, istio?.pull.verdict, istio?.run.verdict],
      [digestOf('1'), 'ok', 'ok'],
    )
    const [unseen] = evaluate(index)
    assert.deepEqual([unseen?.child, unseen?.pull.rule], [digestOf('1'), 'not-looked-at'])
    const [refusing] = evaluate(indexSubject(['wasi/wasm']))
    assert.deepEqual([refusing?.child, refusing?.pull.rule], [undefined, 'no-child'])
  })
})
