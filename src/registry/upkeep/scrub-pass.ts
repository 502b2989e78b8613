import type { ListedBlob } from '../../../storage/index/blobs.ts'
import type { OperationStatus, ScrubFinding, ScrubStatus } from '../../api/operations.ts'
import { algorithmOf, digestOf } from '../../oci/digest.ts'
import type { RegistryContext } from '../context.ts'
import { RunningDigest } from '../uploads/transfer.ts'
import { findOrphans } from './orphans.ts'
import type { Pace } from './pace.ts'

/** Entries read from the index at a time. */
const PAGE = 100
/** Most findings in the state. All are counted and logged. */
const MOST_FINDINGS = 1_000

/** The progress and the results of a scrub: all that the next process needs to continue. */
export interface ScrubState extends Omit<ScrubStatus, keyof OperationStatus> {
  readonly part: 'blobs' | 'manifests' | 'orphans' | 'done'
  /** The position in the list of that part. */
  readonly after: string
}

export const BEGINNING: ScrubState = {
  part: 'blobs',
  after: '',
  blobs: 0,
  manifests: 0,
  bytes: 0,
  damaged: 0,
  unreadable: 0,
  orphans: 0,
  findings: [],
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/**
 * Compares all stored content with its digests, and quarantines damaged content until it is pushed
 * again.
 */
export class ScrubPass {
  readonly #context: RegistryContext
  readonly #pace: Pace
  readonly #signal: AbortSignal
  readonly #state: Mutable<ScrubState>
  readonly #findings: ScrubFinding[]

  /** @param pace counts bytes */
  constructor(context: RegistryContext, pace: Pace, signal: AbortSignal, state: ScrubState) {
    this.#context = context
    this.#pace = pace
    this.#signal = signal
    this.#findings = [...state.findings]
    this.#state = { ...state, findings: this.#findings }
  }

  get state(): ScrubState {
    return this.#state
  }

  /** Continues from the state; calls `save` after each page. */
  async run(save: () => Promise<void>): Promise<void> {
    if (this.#state.part === 'blobs') await this.#scrubBlobs(save)
    if (this.#state.part === 'manifests') await this.#scrubManifests(save)
    if (this.#state.part === 'orphans') await this.#findOrphans()
    this.#state.part = 'done'
  }

  async #scrubBlobs(save: () => Promise<void>): Promise<void> {
    const { blobs } = this.#context.storage.index
    for (let more = true; more;) {
      const page = await blobs.listAll({ after: this.#state.after, limit: PAGE })
      for (const blob of page.entries) await this.#scrubBlob(blob)
      ;({ more } = page)
      this.#state.after = page.entries.at(-1)?.digest ?? ''
      await save()
    }
    Object.assign(this.#state, { part: 'manifests', after: '' })
  }

  async #scrubBlob(blob: ListedBlob): Promise<void> {
    const { digest, key, state } = blob
    this.#state.blobs++
    if (state === 'quarantined') {
      this.#state.damaged++
      this.#report({ kind: 'blob', name: digest, what: 'was found damaged before: push it again' })
      return
    }
    const what = await this.#damageOf(blob)
    if (what === undefined) return
    const { index } = this.#context.storage
    if (what === 'cannot be read') {
      // It may have been deleted since the list was read.
      if ((await index.blobs.locate(digest))?.key !== key) return
      this.#state.unreadable++
    } else {
      if (!(await index.blobs.quarantine(digest, key, this.#context.now()))) return
      this.#state.damaged++
    }
    this.#report({ kind: 'blob', name: digest, what })
  }

  async #damageOf({ digest, key, size }: ListedBlob): Promise<string | undefined> {
    const running = new RunningDigest(algorithmOf(digest))
    try {
      const reader = await this.#context.storage.blobs.open(key)
      if (reader === undefined) return 'has no bytes'
      try {
        for await (const piece of reader) {
          running.update(piece)
          await this.#countBytes(piece.byteLength)
        }
      } finally {
        await reader.close()
      }
    } catch (error) {
      this.#signal.throwIfAborted()
      this.#context.log.error({ digest, key, err: error }, 'a stored blob cannot be read')
      return 'cannot be read'
    }
    if (running.length !== size) return `has ${running.length} bytes, not ${size}`
    return running.finish() === digest ? undefined : 'has other bytes'
  }

  async #scrubManifests(save: () => Promise<void>): Promise<void> {
    const { manifests } = this.#context.storage.index
    for (let more = true; more;) {
      const page = await manifests.listAll({ after: this.#state.after, limit: PAGE })
      for (const { repository, digest, state } of page.entries) {
        this.#state.manifests++
        const bytes = await manifests.bytes(repository, digest).catch(() => undefined)
        await this.#countBytes(bytes?.byteLength ?? 0)
        const isGood = bytes && digestOf(bytes, algorithmOf(digest)) === digest
        const isNew = !isGood && (await this.#context.quarantineManifest(repository, digest))
        if (!isNew && state === 'good') continue
        this.#state.damaged++
        const what = bytes ? 'has other bytes' : 'has no bytes'
        this.#report({ kind: 'manifest', name: `${repository}@${digest}`, what })
      }
      ;({ more } = page)
      this.#state.after = page.entries.at(-1)?.position ?? ''
      await save()
    }
    Object.assign(this.#state, { part: 'orphans', after: '' })
  }

  async #findOrphans(): Promise<void> {
    const orphans = await findOrphans(this.#context, this.#pace, this.#signal)
    this.#state.orphans = orphans.length
    for (const { key } of orphans)
      this.#report({ kind: 'orphan', name: key, what: 'has no index entry: collection deletes it' })
  }

  async #countBytes(bytes: number): Promise<void> {
    this.#state.bytes += bytes
    await this.#pace.spend(bytes)
  }

  #report(finding: ScrubFinding): void {
    this.#context.log.warn({ ...finding }, 'a scrub has found a problem')
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push(finding)
  }
}
