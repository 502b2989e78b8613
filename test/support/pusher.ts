import { digestOf } from '../../src/oci/digest.ts'
import { readManifest } from '../../src/oci/manifest.ts'
import { OCI_IMAGE_MANIFEST } from '../../src/oci/media-types.ts'
import { type BuiltManifest, type Content, contentOf, image, imageIndex } from './artifact.ts'
import { asDigest } from './in-process-access.ts'
import { type Fact, fact, type Ledger, type LedgerMark } from './ledger.ts'
import type { RegistryAccess } from './registry-access.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface PusherOptions {
  readonly name: string
  /** Its own: nobody else changes them. */
  readonly repositories: readonly string[]
  /** Others', to mount from. */
  readonly neighbours: readonly string[]
  /** Contents that several pushers push. */
  readonly shared: readonly Content[]
  /** Sizes of blobs. */
  readonly sizes: readonly number[]
  /** Deletes most of what it pushes soon. */
  readonly fickle?: boolean
  readonly ledger: Ledger
  readonly record: (mark: LedgerMark) => void
}

const TAGS = ['latest', 'v1', 'v2', 'edge']

/**
 * A client that does one thing after the other with its repositories, chosen by chance, and writes
 * down what it was told.
 */
export class Pusher {
  readonly #access: RegistryAccess
  readonly #random: SeededRandom
  readonly #options: PusherOptions

  constructor(access: RegistryAccess, random: SeededRandom, options: PusherOptions) {
    this.#access = access
    this.#random = random
    this.#options = options
  }

  /** One operation; throws what the registry threw. */
  async step(): Promise<void> {
    const repository = this.#random.pick(this.#options.repositories)
    const roll = this.#options.fickle ? this.#random.pick([0, 80, 80]) : this.#random.below(100)
    if (roll < 18) await this.#pushBlob(repository)
    else if (roll < 26) await this.#startUpload(repository)
    else if (roll < 46) await this.#continueUpload(repository)
    else if (roll < 72) await this.#putManifest(repository)
    else if (roll < 80) await this.#mount(repository)
    else if (roll < 86) await this.#deleteBlob(repository)
    else if (roll < 94) await this.#deleteTag(repository)
    else await this.#deleteManifest(repository)
  }

  async #pushBlob(repository: string): Promise<void> {
    const content = this.#content()
    const facts = [fact('there', 'blob', repository, content.digest)]
    await this.#do(facts, async () => {
      await this.#access.pushBlob(repository, content)
      return facts
    })
  }

  async #startUpload(repository: string): Promise<void> {
    const content = this.#content()
    await this.#do([], async () => {
      const id = await this.#access.startUpload(repository)
      this.#options.ledger.contents.set(id, content)
      return [fact('0', 'upload', repository, id)]
    })
  }

  async #continueUpload(repository: string): Promise<void> {
    const [upload] = this.#options.ledger.present('upload', repository)
    if (upload === undefined) return this.#startUpload(repository)
    const [id, at] = upload
    const offset = Number(at)
    const content = this.#options.ledger.contents.get(id)!
    const rest = content.bytes.subarray(offset)
    const roll = this.#random.below(10)
    if (roll === 0) return this.#cancel(repository, id)
    if (roll < 4 || rest.byteLength === 0) return this.#finish(repository, id, content, rest)
    // Never one byte in all: HTTP says 0-0 for that as for none.
    const chunk = rest.subarray(0, this.#random.between(2, Math.max(2, rest.byteLength)))
    const after = [fact(String(offset + chunk.byteLength), 'upload', repository, id)]
    if (roll < 8) {
      return this.#do(after, async () => {
        const now = await this.#access.append(repository, id, chunk, offset)
        expected(now === offset + chunk.byteLength, `upload ${id} of ${offset} went on to ${now}`)
        return [fact(now?.toString(), 'upload', repository, id)]
      })
    }
    return this.#do(after, async () => {
      const sent = this.#random.below(chunk.byteLength / 2) * 2
      await this.#access.appendBroken(repository, id, chunk, sent)
      const now = await this.#access.uploadOffset(repository, id)
      const kept = now !== undefined && now >= offset && now <= offset + sent
      expected(kept, `upload ${id} of ${offset} went on to ${now} after ${sent} more`)
      return [fact(now?.toString(), 'upload', repository, id)]
    })
  }

  async #finish(repository: string, id: string, content: Content, rest: Uint8Array): Promise<void> {
    const facts = [
      fact(undefined, 'upload', repository, id),
      fact('there', 'blob', repository, content.digest),
    ]
    await this.#do(facts, async () => {
      const finished = await this.#access.finish(repository, id, content.digest, rest)
      expected(finished, `upload ${id} is gone`)
      return facts
    })
  }

  async #cancel(repository: string, id: string): Promise<void> {
    const facts = [fact(undefined, 'upload', repository, id)]
    await this.#do(facts, async () => {
      expected(await this.#access.cancel(repository, id), `upload ${id} is gone`)
      return facts
    })
  }

  async #putManifest(repository: string): Promise<void> {
    const manifest = this.#manifest(repository)
    if (manifest === undefined) return this.#pushBlob(repository)
    this.#options.ledger.contents.set(manifest.digest, manifest)
    const tags = TAGS.filter(() => this.#random.chance(0.35))
    const facts = [
      fact('there', 'manifest', repository, manifest.digest),
      ...tags.map((tag) => fact(manifest.digest, 'tag', repository, tag)),
    ]
    await this.#do(facts, async () => {
      await this.#access.putManifest(repository, manifest, tags)
      return facts
    })
  }

  async #mount(repository: string): Promise<void> {
    const from = this.#random.pick(this.#options.neighbours)
    const [there] = this.#some([...this.#options.ledger.present('blob', from)])
    if (there === undefined) return this.#pushBlob(repository)
    const [digest] = there
    const facts = [fact('there', 'blob', repository, digest)]
    await this.#do(facts, async () =>
      (await this.#access.mount(repository, asDigest(digest), from)) ? facts : [],
    )
  }

  async #deleteBlob(repository: string): Promise<void> {
    const [there] = this.#some([...this.#options.ledger.present('blob', repository)])
    if (there === undefined) return this.#pushBlob(repository)
    const [digest] = there
    const facts = [fact(undefined, 'blob', repository, digest)]
    await this.#do(facts, async () => {
      const result = await this.#access.deleteBlob(repository, asDigest(digest))
      expected(result !== 'unknown', `blob ${digest} of ${repository} is gone`)
      return result === 'deleted' ? facts : []
    })
  }

  async #deleteTag(repository: string): Promise<void> {
    const tag = this.#random.pick(TAGS)
    const there = this.#options.ledger.value('tag', repository, tag) !== undefined
    const facts = [fact(undefined, 'tag', repository, tag)]
    await this.#do(facts, async () => {
      const deleted = await this.#access.deleteManifest(repository, tag)
      expected(deleted === there, `tag ${repository}:${tag} was there: ${deleted}, not ${there}`)
      return facts
    })
  }

  async #deleteManifest(repository: string): Promise<void> {
    const { ledger } = this.#options
    const [there] = this.#some([...ledger.present('manifest', repository)])
    if (there === undefined) return this.#putManifest(repository)
    const [digest] = there
    const tags = [...ledger.present('tag', repository)].filter(([, target]) => target === digest)
    const facts = [
      fact(undefined, 'manifest', repository, digest),
      ...tags.map(([tag]) => fact(undefined, 'tag', repository, tag)),
    ]
    await this.#do(facts, async () => {
      const deleted = await this.#access.deleteManifest(repository, digest)
      expected(deleted, `manifest ${digest} of ${repository} is gone`)
      return facts
    })
  }

  async #do(asked: readonly Fact[], work: () => Promise<readonly Fact[]>): Promise<void> {
    const { name: actor, record } = this.#options
    record({ actor, step: 'asks', facts: asked })
    record({ actor, step: 'is told', facts: await work() })
  }

  #content(): Content {
    const { shared, sizes, ledger } = this.#options
    const content = this.#random.chance(0.6)
      ? this.#random.pick(shared)
      : contentOf(this.#random.bytes(this.#random.pick(sizes) + this.#random.below(100)))
    ledger.contents.set(content.digest, content)
    return content
  }

  /**
   * An image of blobs that are in the repository, or an index of manifests that are, with or
   * without a subject.
   */
  #manifest(repository: string): BuiltManifest | undefined {
    const blobs = this.#some([...this.#options.ledger.present('blob', repository)], 3)
    const children = this.#some([...this.#options.ledger.present('manifest', repository)], 2)
    const contents = ([digest]: readonly [string, string]) =>
      this.#options.ledger.contents.get(digest)!
    const [config, ...layers] = blobs.map(contents)
    const [subject] = children.map(contents)
    const more = {
      annotations: { made: String(this.#random.below(1_000_000)) },
      ...(subject && this.#random.chance(0.2) && { subject, artifactType: 'application/x.test' }),
    }
    if (children.length > 0 && this.#random.chance(0.2))
      return imageIndex(children.map(contents), more)
    return config && image({ config, layers, ...more })
  }

  #some<T>(all: readonly T[], most = 1): T[] {
    const wanted = this.#random.between(1, most)
    const rest = [...all]
    const chosen: T[] = []
    while (chosen.length < wanted && rest.length > 0)
      chosen.push(...rest.splice(this.#random.below(rest.length), 1))
    return chosen
  }
}

function expected(condition: boolean, otherwise: string): void {
  if (!condition) throw new Contradiction(otherwise)
}

/** The registry answered something that what it acknowledged before does not allow. */
export class Contradiction extends Error {}

/** Digests of blobs that a manifest names. */
export function blobsNamed({ bytes, digest }: Content): string[] {
  if (digestOf(bytes) !== digest) return []
  const mediaType = (JSON.parse(Buffer.from(bytes).toString()) as { mediaType?: string }).mediaType
  return readManifest(bytes, mediaType ?? OCI_IMAGE_MANIFEST)
    .references.filter(({ kind }) => kind === 'blob')
    .map((reference) => reference.digest)
}
