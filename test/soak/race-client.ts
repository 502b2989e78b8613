import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { RegistryError } from '../../src/oci/errors.ts'
import {
  type BuiltManifest,
  type Content,
  contentOf,
  image,
  imageIndex,
} from '../support/artifact.ts'
import { UnexpectedAnswer } from '../support/http-access.ts'
import type { RegistryAccess } from '../support/registry-access.ts'
import type { SeededRandom } from '../support/seeded-random.ts'
import { blobsNamed } from '../support/pusher.ts'

export interface TagState {
  readonly digest: string | undefined
  /** Grows with each change. */
  readonly version: number
  /** A change is running. */
  readonly busy: boolean
  /**
   * Set where the last change was neither acknowledged nor refused: what it would have made of the
   * tag.
   */
  readonly unsure?: { readonly digest: string | undefined }
}

/** The state that all clients of a race share. */
export interface Race {
  access: RegistryAccess
  /** Milliseconds. */
  grace: number
  readonly random: SeededRandom
  readonly repositories: readonly string[]
  readonly pool: readonly Content[]
  readonly contents: Map<string, Content>
  /** The acknowledged content that was not deleted: by `<repository> <tag>`. */
  readonly tags: Map<string, TagState>
  /** When a blob was last deleted from a repository by a client. */
  readonly unlinked: Map<string, number>
  readonly requests: { pushes: number; refusedPushes: number; reads: number; deletions: number }
}

/**
 * A client that pushes, tags again and deletes among others who do the same with the same blobs.
 */
export class RaceClient {
  readonly #race: Race
  readonly #name: string
  readonly #made: { repository: string; manifest: BuiltManifest }[] = []
  #count = 0

  constructor(race: Race, name: string) {
    this.#race = race
    this.#name = name
  }

  async step(): Promise<void> {
    const roll = this.#race.random.below(100)
    if (roll < 50) await this.#push()
    else if (roll < 65) await this.#tagAgain()
    else if (roll < 80) await this.#deleteTag()
    else if (roll < 90) await this.#deleteManifest()
    else await this.#deleteBlob()
  }

  /** Deletes everything that is this client's. */
  async end(): Promise<void> {
    for (const key of this.#ownTags()) {
      const [repository = '', tag = ''] = key.split(' ')
      await this.#changing([key], undefined, () =>
        this.#race.access.deleteManifest(repository, tag),
      )
    }
  }

  async #push(): Promise<void> {
    const { random, pool, repositories, contents } = this.#race
    const repository = random.pick(repositories)
    const own = contentOf(`${this.#name} ${this.#count++} ${'x'.repeat(random.below(40_000))}`)
    const layers = [random.pick(pool), random.pick(pool), ...(random.chance(0.6) ? [own] : [])]
    const config = random.pick(pool)
    const annotations = { by: random.chance(0.2) ? 'everybody' : this.#name }
    const manifest = image({ config, layers, annotations })
    const parts = [manifest, config, ...layers]
    for (const content of parts) contents.set(content.digest, content)
    const needed = [...new Set([config, ...layers])]
    const index = random.chance(0.2) ? imageIndex([manifest], { annotations }) : undefined
    if (index) contents.set(index.digest, index)
    const done = await this.#retrying(repository, needed, async () => {
      if (index === undefined) return this.#put(repository, manifest)
      await this.#race.access.putManifest(repository, manifest, [])
      await this.#put(repository, index)
    })
    if (done && annotations.by === this.#name)
      this.#made.push({ repository, manifest: index ?? manifest })
  }

  async #tagAgain(): Promise<void> {
    const made = this.#made[this.#race.random.below(this.#made.length || 1)]
    if (made === undefined) return this.#push()
    const { repository, manifest } = made
    // Nobody may have held it in the meantime, so what it names may be gone: then this is no push
    // that was promised anything.
    await this.#put(repository, manifest).catch(allowing('MANIFEST_BLOB_UNKNOWN'))
  }

  /**
   * Uploads what is not there, as clients do, and puts the manifest; begins anew if it is told that
   * something is gone.
   */
  async #retrying(
    repository: string,
    blobs: readonly Content[],
    put: () => Promise<void>,
  ): Promise<boolean> {
    const { requests, grace, unlinked, random } = this.#race
    for (let attempt = 0; attempt < 20; attempt++) {
      const begun = performance.now()
      for (const blob of blobs) await this.#provide(repository, blob)
      // A large blob takes its time, and what was provided before it has to wait.
      if (random.chance(0.3)) await sleep(random.below(Math.max(40, grace * 0.8)))
      try {
        await put()
        requests.pushes++
        return true
      } catch (error) {
        allowing('MANIFEST_BLOB_UNKNOWN')(error)
        requests.refusedPushes++
        const deleted = blobs.some(
          ({ digest }) => (unlinked.get(`${repository} ${digest}`) ?? 0) >= begun,
        )
        const took = performance.now() - begun
        const why = `refused ${took} ms after it began, with a grace of ${grace} ms: ${String(error)}`
        // An index names a child that had no tag for a moment: with no grace that may be gone, too.
        assert.ok(deleted || took >= grace, why)
      }
    }
    return false
  }

  async #provide(repository: string, content: Content): Promise<void> {
    const { access, random, repositories } = this.#race
    if (random.chance(0.5) && (await access.hasBlob(repository, content.digest))) return
    const from = random.pick(repositories)
    if (random.chance(0.4) && (await access.mount(repository, content.digest, from))) return
    await access.pushBlob(repository, content)
  }

  async #put(repository: string, manifest: BuiltManifest): Promise<void> {
    const tag = `${this.#name}-${this.#race.random.below(3)}`
    await this.#changing([`${repository} ${tag}`], manifest.digest, () =>
      this.#race.access.putManifest(repository, manifest, [tag]),
    )
  }

  async #deleteTag(): Promise<void> {
    const [key] = this.#ownTags()
    if (key === undefined) return this.#push()
    const [repository = '', tag = ''] = key.split(' ')
    const deleted = await this.#changing([key], undefined, () =>
      this.#race.access.deleteManifest(repository, tag),
    )
    assert.equal(deleted, true, `${key} was gone before it was deleted`)
    this.#race.requests.deletions++
  }

  async #deleteManifest(): Promise<void> {
    const { tags, access, requests } = this.#race
    const made = this.#made.pop()
    if (made === undefined) return this.#push()
    const { repository, manifest } = made
    const keys = this.#ownTags().filter(
      (key) => key.startsWith(`${repository} `) && tags.get(key)?.digest === manifest.digest,
    )
    const deleted = await this.#changing(keys, undefined, () =>
      access.deleteManifest(repository, manifest.digest),
    )
    assert.ok(deleted || keys.length === 0, `${manifest.digest} had tags and was gone`)
    requests.deletions++
  }

  async #deleteBlob(): Promise<void> {
    const { random, access, repositories, pool, unlinked } = this.#race
    const [repository, { digest }] = [random.pick(repositories), random.pick(pool)]
    // Noted before and after: a push that runs meanwhile has to begin anew.
    unlinked.set(`${repository} ${digest}`, Number.POSITIVE_INFINITY)
    await access.deleteBlob(repository, digest)
    unlinked.set(`${repository} ${digest}`, performance.now())
  }

  async #changing<T>(
    keys: readonly string[],
    digest: string | undefined,
    change: () => Promise<T>,
  ): Promise<T> {
    const { tags } = this.#race
    const before = keys.map((key) => tags.get(key))
    for (const [at, key] of keys.entries()) {
      const { digest: old, version = 0 } = before[at] ?? {}
      tags.set(key, { digest: old, version: version + 1, busy: true })
    }
    const settle = (as: (old: string | undefined) => Partial<TagState>) => {
      for (const key of keys) {
        const { version, digest: old } = tags.get(key)!
        tags.set(key, { digest: old, version: version + 1, busy: false, ...as(old) })
      }
    }
    try {
      const result = await change()
      settle(() => ({ digest }))
      return result
    } catch (error) {
      settle(() => (isRefusal(error, 'MANIFEST_BLOB_UNKNOWN') ? {} : { unsure: { digest } }))
      throw error
    }
  }

  #ownTags(): string[] {
    return [...this.#race.tags]
      .filter(([key, { digest }]) => digest !== undefined && key.includes(` ${this.#name}-`))
      .map(([key]) => key)
      .toSorted(() => this.#race.random.below(3) - 1)
  }
}

/**
 * Looks whether one artifact that is acknowledged and not deleted is whole, all the time it is so.
 */
export async function lookAtOne(race: Race): Promise<void> {
  const present = [...race.tags].filter(([, { digest, busy }]) => digest !== undefined && !busy)
  if (present.length > 0) await lookAt(race, race.random.pick(present)[0])
}

/** Looks at one tag. */
export async function lookAt(race: Race, key: string): Promise<void> {
  const { tags, access, contents, requests } = race
  const { digest, version } = tags.get(key)!
  const [repository = '', tag = ''] = key.split(' ')
  const faults: string[] = []
  const manifest = await access.readManifest(repository, tag)
  if (manifest?.digest !== digest) faults.push(`${key} is ${manifest?.digest}, not ${digest}`)
  const whole = async (of: Content): Promise<void> => {
    for (const named of blobsNamed(of)) {
      const bytes = await access.readBlob(repository, named as Content['digest'])
      const expected = contents.get(named)!.bytes
      if (bytes === undefined || Buffer.compare(bytes, expected) !== 0)
        faults.push(`${key} lacks ${named}`)
    }
    for (const child of childrenOf(of)) {
      const found = await access.readManifest(repository, child)
      if (found) await whole(found)
      else faults.push(`${key} lacks its child ${child}`)
    }
  }
  if (manifest) await whole(manifest)
  const after = tags.get(key)!
  if (after.version !== version || after.busy) return
  requests.reads++
  assert.deepEqual(faults, [])
}

function childrenOf({ bytes }: Content): string[] {
  const { manifests = [] } = JSON.parse(Buffer.from(bytes).toString()) as {
    manifests?: { digest: string }[]
  }
  return manifests.map(({ digest }) => digest)
}

function allowing(failure: string): (error: unknown) => void {
  return (error) => {
    if (!isRefusal(error, failure)) throw error
  }
}

function isRefusal(error: unknown, failure: string): boolean {
  if (error instanceof UnexpectedAnswer) return error.answer.text.includes(`"${failure}"`)
  return error instanceof RegistryError && error.failure === failure
}
