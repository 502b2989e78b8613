import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isVerdict } from '../../../src/wasm/consumers/consumer.ts'
import { evaluate } from '../../../src/wasm/assess/matrix.ts'
import { CONSUMERS } from '../../../src/wasm/consumers/all.ts'
import { digestOf, indexSubject, subject } from '../build/artifact.ts'
import { PUSHES } from '../build/conventions.ts'

const SIGNS = { ok: 'Y', refuses: 'n', unknown: '?' }
/**
 * For each push and consumer: whether the consumer pulls it, and whether it runs what it pulled.
 */
const GOLDEN = `
push                       istio envoy-gateway higress asm envoy wkg wash wassette spin kubewarden runwasi
asm-single-layer           nY    nY            nY      YY  YY    nY  nn   nn       n?   n?         nn
asm-single-layer:oras-0.12 nY    nY            nY      YY  YY    nY  nn   nn       n?   n?         nn
solo-io-oci                YY    YY            YY      ?Y  YY    nY  n?   nn       n?   n?         nn
solo-io-oci:higress        Yn    Yn            YY      ?n  Yn    nY  n?   nn       n?   n?         nn
module-layers              nY    nY            nY      ?Y  YY    nY  n?   nn       n?   n?         nn
compat                     YY    YY            YY      ?Y  YY    nY  n?   nn       n?   n?         ?n
compat:annotated           ??    ??            ??      ??  ??    nY  n?   n?       n?   n?         ??
docker                     YY    YY            YY      ?Y  YY    nY  n?   nn       n?   n?         ?n
higress                    YY    YY            YY      ?Y  YY    nY  n?   nn       n?   n?         nn
higress:redis              Yn    Yn            YY      ?n  Yn    nY  n?   nn       n?   n?         nn
wasmcloud                  nn    nn            nn      Yn  Yn    nY  YY   nY       n?   nn         nY
wasm-to-oci                nn    nn            nn      ?n  Yn    nY  n?   nn       Y?   Y?         nY
kubewarden                 nn    nn            nn      ?n  Yn    nY  n?   nn       Y?   YY         nn
kubewarden:section         nn    nn            nn      ?n  Yn    nY  n?   nn       Y?   YY         nn
spin                       nn    nn            nn      ?n  Yn    nY  n?   nY       Y?   nn         nY
spin:old                   nn    nn            nn      ?n  Yn    nY  n?   nY       Y?   Yn         nY
wkg                        nn    nn            nn      ?n  Yn    YY  YY   YY       Y?   nn         YY
wkg:module                 nn    nn            nn      ?n  Yn    YY  nn   Yn       Y?   n?         YY
wkg:wit                    nn    nn            nn      ?n  Yn    YY  Yn   Yn       Y?   nn         Yn
bare-wasm                  nn    nn            nn      ?n  Yn    nY  YY   nY       Y?   nn         ?Y
runwasi                    nn    nn            nn      ?n  Yn    nY  n?   nn       n?   n?         YY
runwasi:application/wasm   nn    nn            nn      ?n  Yn    nY  YY   nY       Y?   nn         YY
helm-plugin                n?    n?            n?      ??  n?    n?  n?   n?       n?   n?         ??
wasm-layer                 nn    nn            nn      ?n  Yn    nY  n?   nn       n?   n?         nY
wasm-layer:content         nn    nn            nn      ?n  Yn    nY  n?   nn       Y?   Y?         nY
untyped                    nY    nY            nY      ?Y  YY    nY  n?   nn       n?   n?         ?n
untyped:octets             nY    nY            nY      ?Y  YY    nY  n?   nn       n?   n?         nn
none                       ??    ??            ??      ??  ??    nY  n?   n?       n?   n?         ??
none:opened                n?    n?            n?      ??  n?    n?  n?   n?       n?   n?         ??
none:docker                ??    ??            ??      ??  ??    nY  n?   n?       n?   n?         ??
none:helm                  n?    n?            n?      ??  n?    n?  n?   n?       n?   n?         ??
none:cosign                n?    n?            n?      ??  n?    n?  n?   n?       n?   n?         n?
none:cosign-referrer       n?    n?            n?      ??  n?    n?  n?   n?       n?   n?         n?
none:files                 nn    nn            nn      ?n  Yn    nY  n?   nn       n?   n?         nY
`

const [HEAD = [], ...ROWS] = GOLDEN.trim()
  .split('\n')
  .map((line) => line.split(/ +/))
const IDS = HEAD.slice(1)

describe('the matrix', () => {
  it('the matrix has a golden column for every consumer', () => {
    assert.deepEqual(new Set(IDS), new Set(CONSUMERS.map(({ id }) => id)))
  })

  it('the matrix names a release and sources for every consumer', () => {
    for (const { title, releases, sources } of CONSUMERS) {
      for (const { version, commit } of releases) assert.match(version ?? commit ?? '', /\d/, title)
      assert.ok(sources.length > 0, title)
    }
  })

  it('the matrix has a golden row for every push', () => {
    assert.deepEqual(new Set(ROWS.map(([push]) => push)), new Set(Object.keys(PUSHES)))
  })

  for (const [push = '', ...cells] of ROWS) {
    it(`the matrix has the golden verdicts for ${push}`, () => {
      const found = evaluate(subject(PUSHES[push]!)).map(({ consumer, pull, run }) => [
        consumer,
        SIGNS[pull.verdict] + SIGNS[run.verdict],
      ])
      const expected = IDS.map((id, column) => [id, cells[column]])
      assert.deepEqual(Object.fromEntries(found), Object.fromEntries(expected))
    })
  }
})

describe('an index', () => {
  const select = (consumer: string, platforms: readonly (string | undefined)[]) => {
    const { artifact } = indexSubject(platforms)
    const selected = CONSUMERS.find(({ id }) => id === consumer)!.select(artifact.children)
    return isVerdict(selected) ? selected.words.join() : artifact.children.indexOf(selected)
  }

  it('an index gets the verdicts of the child that each consumer selects', () => {
    assert.equal(select('istio', ['wasi/wasm', 'linux/amd64']), 1)
    assert.equal(select('istio', ['linux/arm64', undefined]), 1)
    assert.equal(
      select('istio', ['wasi/wasm', 'unknown/unknown']),
      'no child with platform linux/amd64 in index',
    )
    assert.equal(select('wkg', [undefined, 'linux/amd64']), 1)
    assert.match(String(select('wkg', [undefined])), /no entry found in image index manifest/)
    assert.equal(select('asm', ['linux/amd64']), '')
  })

  it('an index says which child, and nothing of one that is not here', () => {
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
