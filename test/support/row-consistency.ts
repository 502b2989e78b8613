import { digestOf } from '../../src/oci/digest.ts'
import type { UnreferencedRow } from '../../storage/index-kv/unreferenced.ts'
import type { BlobRow } from '../../storage/index-kv/blobs.ts'
import type { ManifestRow } from '../../storage/index-kv/manifest-rows.ts'
import type { RepositoryRow } from '../../storage/index-kv/repositories.ts'
import type { StoredRow } from '../../storage/index-kv/counts.ts'
import type { TagRow } from '../../storage/index-kv/tags.ts'
import { typePart } from '../../storage/index-kv/referrers.ts'
import { sortableTime } from '../../storage/keys.ts'
import type { Entry, KeyValue } from '../../storage/index-kv/key-value.ts'

/** Every row of a store. */
export function allRows(store: KeyValue): Promise<Entry[]> {
  return store.entries({ gt: '!', lt: '~' }, Number.MAX_SAFE_INTEGER)
}

/**
 * Inconsistencies between the rows of an index, as sentences. Each row that others imply must be
 * there with the right content, and no further rows of its kind. Follows storage/keys.ts, not the
 * code.
 */
export function rowFaults(entries: readonly Entry[]): string[] {
  const rows = new Rows(entries)
  const faults: string[] = []
  rows.check(faults, 'bytes', expectedBytes(rows, faults))
  for (const kind of [
    'references',
    'referenced',
    'tagged',
    'pushed',
    'linked',
    'referrer',
  ] as const)
    rows.check(faults, kind, EXPECTED[kind](rows))
  checkRepositories(rows, faults)
  checkTags(rows, faults)
  checkLinks(rows, faults)
  checkCandidates(rows, faults)
  checkStored(rows, faults)
  return faults
}

class Rows {
  readonly #byKind = new Map<string, Map<string, Uint8Array>>()

  constructor(entries: readonly Entry[]) {
    for (const [key, value] of entries) {
      const cut = key.indexOf('!')
      const kind = cut === -1 ? key : key.slice(0, cut)
      const rows = this.#byKind.get(kind) ?? new Map<string, Uint8Array>()
      rows.set(key.slice(cut + 1), value)
      this.#byKind.set(kind, rows)
    }
  }

  of(kind: string): ReadonlyMap<string, Uint8Array> {
    return this.#byKind.get(kind) ?? new Map()
  }

  has(kind: string, ...parts: string[]): boolean {
    return this.of(kind).has(parts.join('!'))
  }

  read<T>(kind: string, ...parts: string[]): T | undefined {
    const bytes = this.of(kind).get(parts.join('!'))
    return bytes && (JSON.parse(Buffer.from(bytes).toString()) as T)
  }

  /** The rows of a kind: the parts of each key, and the value. */
  *each<T>(kind: string): Generator<[parts: string[], value: T]> {
    for (const [key, value] of this.of(kind)) {
      const text = Buffer.from(value).toString()
      yield [key.split('!'), (text === '' ? undefined : JSON.parse(text)) as T]
    }
  }

  check(faults: string[], kind: string, expected: ReadonlySet<string>): void {
    const actual = this.of(kind)
    for (const key of expected) if (!actual.has(key)) faults.push(`${kind}!${key} is missing`)
    for (const key of actual.keys())
      if (!expected.has(key)) faults.push(`${kind}!${key} is left over`)
  }
}

function expectedBytes(rows: Rows, faults: string[]): Set<string> {
  for (const [[name = '', digest = ''], row] of rows.each<ManifestRow>('manifest')) {
    const bytes = rows.of('bytes').get(`${name}!${digest}`)
    if (bytes === undefined) continue
    const algorithm = digest.startsWith('sha512:') ? 'sha512' : 'sha256'
    if (row.state === undefined && digestOf(bytes, algorithm) !== digest)
      faults.push(`bytes of ${name} ${digest} are others`)
    if (bytes.byteLength !== row.size) faults.push(`size of ${name} ${digest} is wrong`)
  }
  return new Set(rows.of('manifest').keys())
}

const EXPECTED = {
  references: (rows: Rows) => new Set(rows.of('manifest').keys()),
  referenced: (rows: Rows) =>
    keys(rows.each<string[]>('references'), ([name, manifest], digests) =>
      digests.map((digest) => `${name}!${digest}!${manifest}`),
    ),
  tagged: (rows: Rows) =>
    keys(rows.each<TagRow>('tag'), ([name, tag], { digest }) => [`${name}!${digest}!${tag}`]),
  pushed: (rows: Rows) =>
    keys(rows.each<TagRow>('tag'), ([name, tag], { pushedAt }) => [
      `${name}!${sortableTime(pushedAt)}!${tag}`,
    ]),
  linked: (rows: Rows) =>
    keys(rows.each<object>('link'), ([name, digest]) => [`${digest}!${name}`]),
  referrer: (rows: Rows) =>
    keys(rows.each<ManifestRow>('manifest'), ([name, digest], { subject, artifactType }) =>
      subject === undefined ? [] : [`${name}!${subject}!${typePart(artifactType)}!${digest}`],
    ),
}

function keys<T>(
  rows: Iterable<[parts: string[], value: T]>,
  implied: (parts: string[], value: T) => string[],
): Set<string> {
  return new Set([...rows].flatMap(([parts, value]) => implied(parts, value)))
}

function checkRepositories(rows: Rows, faults: string[]): void {
  const counted = new Map<
    string,
    { manifests: number; tags: number; blobs: number; bytes: number }
  >()
  const of = (name: string) => {
    const found = counted.get(name) ?? { manifests: 0, tags: 0, blobs: 0, bytes: 0 }
    counted.set(name, found)
    return found
  }
  for (const [[name = ''], { size }] of rows.each<ManifestRow>('manifest')) {
    of(name).manifests++
    of(name).bytes += size
  }
  for (const [[name = '']] of rows.each<TagRow>('tag')) of(name).tags++
  for (const [[name = '', digest = '']] of rows.each<object>('link')) {
    of(name).blobs++
    of(name).bytes += rows.read<BlobRow>('blob', digest)?.size ?? 0
  }
  rows.check(faults, 'repository', new Set(counted.keys()))
  for (const [[name = ''], row] of rows.each<RepositoryRow>('repository')) {
    const { manifests, tags, blobs, bytes } = row
    const said = JSON.stringify({ manifests, tags, blobs, bytes })
    const is = JSON.stringify(of(name))
    if (said !== is) faults.push(`repository ${name} says ${said} and holds ${is}`)
    if (row.pushedAt < row.createdAt)
      faults.push(`repository ${name} was pushed before it was made`)
  }
}

function checkTags(rows: Rows, faults: string[]): void {
  for (const [[name = '', tag = ''], { digest }] of rows.each<TagRow>('tag')) {
    if (!rows.has('manifest', name, digest)) faults.push(`tag ${name}:${tag} points at nothing`)
  }
}

function checkLinks(rows: Rows, faults: string[]): void {
  for (const [[name = '', digest = '']] of rows.each<object>('link')) {
    if (!rows.has('blob', digest)) faults.push(`link of ${digest} in ${name} leads to nothing`)
  }
  for (const digest of rows.of('facts').keys()) {
    if (!rows.has('blob', digest)) faults.push(`facts about ${digest} are left over`)
  }
  for (const [[digest = ''], { key, size, state }] of rows.each<BlobRow>('blob')) {
    if (!key.startsWith('small/') || state !== 'good') continue
    const content = rows.of('content').get(key)
    if (content?.byteLength !== size) faults.push(`the content of ${digest} is missing or cut`)
  }
}

/** All unreferenced content must be a candidate, or it would never be collected. */
function checkCandidates(rows: Rows, faults: string[]): void {
  const candidates = new Set([...rows.of('candidate').keys()].map(withoutTime))
  const referenced = new Set(
    [...rows.each<undefined>('referenced')].map(([[name, digest]]) => `${name}!${digest}`),
  )
  const tagged = new Set(
    [...rows.each<undefined>('tagged')].map(([[name, digest]]) => `${name}!${digest}`),
  )
  const linked = new Set([...rows.each<undefined>('linked')].map(([[digest]]) => digest))
  const named = new Set([...rows.each<BlobRow>('blob')].map(([, row]) => goodKey(row)))
  const expect = (candidate: string) => {
    if (!candidates.has(candidate)) faults.push(`no candidate ${candidate}`)
  }
  for (const object of rows.of('link').keys()) if (!referenced.has(object)) expect(`link!${object}`)
  for (const [[name = '', digest = ''], { subject }] of rows.each<ManifestRow>('manifest')) {
    const object = `${name}!${digest}`
    const refers = subject !== undefined && rows.has('manifest', name, subject)
    if (!referenced.has(object) && !tagged.has(object) && !refers) expect(`manifest!${object}`)
  }
  rows.check(
    faults,
    'candidate',
    new Set([
      ...[...rows.of('candidate').keys()].filter((key) => !key.startsWith('manifest!')),
      ...keys(rows.each<UnreferencedRow>('unreferenced'), ([name, digest], { since }) => [
        `manifest!${sortableTime(since)}!${name}!${digest}`,
      ]),
    ]),
  )
  for (const digest of rows.of('blob').keys()) if (!linked.has(digest)) expect(`blob!${digest}`)
  const quarantined = new Set([...candidates].map((candidate) => candidate.split('!', 2).join('!')))
  for (const key of rows.of('content').keys())
    if (!named.has(key) && !quarantined.has(`key!${key}`)) faults.push(`no candidate for ${key}`)
}

function withoutTime(key: string): string {
  const [kind, , ...object] = key.split('!')
  return [kind, ...object].join('!')
}

function checkStored(rows: Rows, faults: string[]): void {
  const good = [...rows.each<BlobRow>('blob')].filter(([, row]) => goodKey(row) !== undefined)
  const expected = {
    blobs: good.length,
    bytes: good.reduce((sum, [, { size }]) => sum + size, 0),
  }
  const { blobs, bytes } = rows.read<StoredRow>('stored', 'stored') ?? { blobs: 0, bytes: 0 }
  if (blobs !== expected.blobs || bytes !== expected.bytes)
    faults.push(`stored says ${blobs} blobs of ${bytes} bytes: ${JSON.stringify(expected)}`)
}

function goodKey({ key, state }: BlobRow): string | undefined {
  return state === 'good' ? key : undefined
}
