import { algorithmOf, digestOf } from '../../src/oci/digest.ts'
import type { Content } from './artifact.ts'
import { asDigest } from './in-process-access.ts'
import type { Fact, Ledger } from './ledger.ts'
import { blobsNamed } from './pusher.ts'
import type { RegistryAccess } from './registry-access.ts'

/**
 * How the process ended. Killed, it has every byte of upload sessions that it acknowledged. After a
 * power cut a session may
 * be gone or further back, but must lead to the right bytes: it is finished to see that, or else
 * left as it is.
 */
export type Ending = 'kill' | 'power cut' | 'power cut, uploads left'

export interface AuditResult {
  /** The faults, as sentences. */
  readonly faults: readonly string[]
  /** How the operations that were running have ended. */
  readonly settled: readonly Fact[]
}

/**
 * Compares a registry that was opened again with what it had acknowledged, and looks whether what
 * it shows is whole.
 * Running operations may have happened or not, but not in part.
 */
export async function audit(
  access: RegistryAccess,
  ledger: Ledger,
  ending: Ending,
): Promise<AuditResult> {
  const look = new Look(access, ledger)
  const settled: Fact[] = []
  const isUpload = ({ key }: Fact) => key.startsWith('upload ')
  const certain = [...ledger.certain()]
  const running = ledger.running()
  for (const { key, value } of certain.filter((one) => !isUpload(one))) {
    const actual = await look.value(key)
    if (actual !== value) look.faults.push(`${key} is ${actual}, not ${value} as acknowledged`)
  }
  for (const asked of running)
    settled.push(...(await look.operation(asked.filter((one) => !isUpload(one)))))
  await look.everythingListed()
  // Last, because finishing a session may bring back a blob that was deleted.
  for (const known of certain.filter(isUpload))
    settled.push(await look.upload(known, undefined, ending))
  for (const { key, value } of running.flat().filter(isUpload))
    settled.push(await look.upload({ key, value: look.known(key) }, { value }, ending))
  return { faults: look.faults, settled }
}

class Look {
  readonly faults: string[] = []
  readonly #access: RegistryAccess
  readonly #ledger: Ledger
  readonly #seen = new Map<string, string | undefined>()

  constructor(access: RegistryAccess, ledger: Ledger) {
    this.#access = access
    this.#ledger = ledger
  }

  /** The content under the key of a fact; content with wrong bytes is a fault. */
  async value(key: string): Promise<string | undefined> {
    if (!this.#seen.has(key)) this.#seen.set(key, await this.#look(key))
    return this.#seen.get(key)
  }

  async #look(key: string): Promise<string | undefined> {
    const [kind, repository = '', name = ''] = key.split(' ')
    if (kind === 'blob') {
      const bytes = await this.#access.readBlob(repository, asDigest(name))
      if (bytes && !this.#isContent(name, bytes)) this.faults.push(`${key} has wrong bytes`)
      return bytes && 'there'
    }
    const manifest = await this.#access.readManifest(repository, name)
    if (manifest === undefined) return undefined
    if (!this.#isContent(manifest.digest, manifest.bytes))
      this.faults.push(`${key} has wrong bytes`)
    await this.#isComplete(repository, manifest)
    return kind === 'tag' ? manifest.digest : 'there'
  }

  #isContent(digest: string, bytes: Uint8Array): boolean {
    const content = this.#ledger.contents.get(digest)
    if (content) return Buffer.compare(content.bytes, bytes) === 0
    return digestOf(bytes, algorithmOf(asDigest(digest))) === digest
  }

  async #isComplete(repository: string, manifest: Content): Promise<void> {
    for (const digest of blobsNamed(manifest)) {
      if ((await this.value(`blob ${repository} ${digest}`)) === undefined)
        this.faults.push(`${repository} lists ${manifest.digest} and lacks its blob ${digest}`)
    }
  }

  /** The facts about it that were acknowledged. */
  known(key: string): string | undefined {
    return this.#ledger.value(key)
  }

  /**
   * A running operation happened, or did not: all its facts are as they were, or all are as asked.
   */
  async operation(asked: readonly Fact[]): Promise<Fact[]> {
    const found: Fact[] = []
    for (const { key } of asked) found.push({ key, value: await this.value(key) })
    const happened = asked.every(({ value }, index) => value === found[index]!.value)
    const not = found.every(({ key, value }) => value === this.known(key))
    if (!happened && !not)
      this.faults.push(`half done: ${JSON.stringify(asked)} became ${JSON.stringify(found)}`)
    return found
  }

  /** @param asked where a running operation would have left the session */
  async upload(
    { key, value }: Fact,
    asked: { value: string | undefined } | undefined,
    ending: Ending,
  ): Promise<Fact> {
    const [, repository = '', id = ''] = key.split(' ')
    const offset =
      ending === 'power cut, uploads left'
        ? await this.#resumable(repository, id)
        : await this.#access.uploadOffset(repository, id)
    const [known, most] = [Number(value ?? 0), Number(asked?.value ?? value ?? 0)]
    const ended = value === undefined || (asked !== undefined && asked.value === undefined)
    if (ending === 'kill' && !this.#mayBe(offset, { known, most, ended, was: value !== undefined }))
      this.faults.push(`${key} is at ${offset}, acknowledged ${value}, asked ${asked?.value}`)
    if (ending === 'power cut') await this.#goesOn(repository, id, offset)
    return { key, value: offset?.toString() }
  }

  #mayBe(
    offset: number | undefined,
    { known, most, ended, was }: { known: number; most: number; ended: boolean; was: boolean },
  ): boolean {
    if (offset === undefined) return ended
    return was && offset >= known && offset <= Math.max(known, most)
  }

  /** Where a session is, if it has its bytes. */
  async #resumable(repository: string, id: string): Promise<number | undefined> {
    const offset = await this.#access.uploadOffset(repository, id)
    return offset && this.#access.append(repository, id, new Uint8Array(0), offset)
  }

  /** After a power cut a session is gone, or it can be finished from where it says it is. */
  async #goesOn(repository: string, id: string, offset: number | undefined): Promise<void> {
    const content = this.#ledger.contents.get(id)
    if (offset === undefined || content === undefined) return
    const { digest, bytes } = content
    try {
      if (!(await this.#access.finish(repository, id, digest, bytes.subarray(offset)))) return
    } catch (error) {
      this.faults.push(
        `upload ${id} of ${bytes.byteLength} cannot go on at ${offset}: ${String(error)}`,
      )
      return
    }
    const stored = await this.#access.readBlob(repository, digest)
    if (stored === undefined || !this.#isContent(digest, stored))
      this.faults.push(`upload ${id}, finished from ${offset}, has wrong bytes`)
  }

  /**
   * Every repository that is listed can be asked, every tag leads to a manifest, and nothing
   * acknowledged is left out.
   */
  async everythingListed(): Promise<void> {
    const listed = await this.#access.repositories()
    const expected = new Set<string>()
    for (const [key, value] of this.#seen) {
      if (value !== undefined) expected.add(key.split(' ')[1] ?? '')
    }
    for (const repository of expected)
      if (!listed.includes(repository)) this.faults.push(`${repository} is not listed`)
    for (const repository of listed) {
      const tags = await this.#access.tags(repository)
      for (const tag of tags) {
        if ((await this.value(`tag ${repository} ${tag}`)) === undefined)
          this.faults.push(`tag ${repository}:${tag} points at nothing`)
      }
      for (const [key, value] of this.#seen) {
        const [kind, name, tag = ''] = key.split(' ')
        if (kind !== 'tag' || name !== repository) continue
        if ((value !== undefined) !== tags.includes(tag))
          this.faults.push(`${key} is ${value}, but the list says otherwise`)
      }
    }
  }
}
