import { algorithmOf, digestOf } from '../../oci/digest.ts'
import type { ListedBlob } from '../../../storage/index/blobs.ts'
import type { RegistryContext } from '../context.ts'
import { RunningDigest } from '../uploads/running-digest.ts'
import type { Pace } from './pace.ts'
import { findOrphans } from './orphans.ts'

/** Entries that are read from the index at a time. */
const PAGE = 100
/** Findings that are told one by one; all are counted, and in the log. */
const MOST_TOLD = 1_000

export interface ScrubFinding {
  readonly kind: 'blob' | 'manifest' | 'stray'
  /** Digest, repository and digest, or key. */
  readonly name: string
  readonly what: string
}

/** How far a scrub is, and what it found: what the next process needs to go on. */
export interface ScrubState {
  readonly part: 'blobs' | 'manifests' | 'strays' | 'done'
  /** Where in the list of that part. */
  readonly after: string
  readonly blobs: number
  readonly manifests: number
  /** Of blobs and manifests. */
  readonly bytes: number
  /** Blobs and manifests that are not what they should be, those of earlier scrubs too. */
  readonly damaged: number
  /** Those that the disk would not give. They are left as they are. */
  readonly unreadable: number
  /** Keys with bytes that no entry names; collection removes them. */
  readonly strays: number
  readonly findings: readonly ScrubFinding[]
}

export const BEGINNING: ScrubState = {
  part: 'blobs',
  after: '',
  blobs: 0,
  manifests: 0,
  bytes: 0,
  damaged: 0,
  unreadable: 0,
  strays: 0,
  findings: [],
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Reads everything and compares it with its digest. What is wrong is quarantined: a push heals it. */
export class ScrubPass {
  readonly #context: RegistryContext
  readonly #pace: Pace
  readonly #signal: AbortSignal
  readonly #state: Mutable<ScrubState>
  readonly #findings: ScrubFinding[]

  /** @param pace in bytes */
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

  /** Goes on from where it is; `save` is called now and then. */
  async run(save: () => Promise<void>): Promise<void> {
    if (this.#state.part === 'blobs') await this.#blobs(save)
    if (this.#state.part === 'manifests') await this.#manifests(save)
    if (this.#state.part === 'strays') await this.#strays()
    this.#state.part = 'done'
  }

  async #blobs(save: () => Promise<void>): Promise<void> {
    const { blobs } = this.#context.storage.index
    for (let more = true; more;) {
      const page = await blobs.listAll({ after: this.#state.after, limit: PAGE })
      for (const entry of page.entries) await this.#blob(entry)
      ;({ more } = page)
      this.#state.after = page.entries.at(-1)?.digest ?? ''
      await save()
    }
    Object.assign(this.#state, { part: 'manifests', after: '' })
  }

  async #blob(entry: ListedBlob): Promise<void> {
    const { digest, key, state } = entry
    this.#state.blobs++
    if (state === 'quarantined') {
      this.#state.damaged++
      this.#tell({ kind: 'blob', name: digest, what: 'was found damaged before: push it again' })
      return
    }
    const what = await this.#wrongWith(entry)
    if (what === undefined) return
    const { index } = this.#context.storage
    if (what === 'cannot be read') {
      // It may have gone since the list was read.
      if ((await index.blobs.locate(digest))?.key !== key) return
      this.#state.unreadable++
    } else {
      if (!(await index.blobs.quarantine(digest, key, this.#context.now()))) return
      this.#state.damaged++
    }
    this.#tell({ kind: 'blob', name: digest, what })
  }

  async #wrongWith({ digest, key, size }: ListedBlob): Promise<string | undefined> {
    const running = new RunningDigest(algorithmOf(digest))
    try {
      const reader = await this.#context.storage.blobs.open(key)
      if (reader === undefined) return 'has no bytes'
      try {
        for await (const piece of reader) {
          running.update(piece)
          await this.#read(piece.byteLength)
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

  async #manifests(save: () => Promise<void>): Promise<void> {
    const { manifests } = this.#context.storage.index
    for (let more = true; more;) {
      const page = await manifests.listAll({ after: this.#state.after, limit: PAGE })
      for (const { repository, digest, state } of page.entries) {
        this.#state.manifests++
        const bytes = await manifests.bytes(repository, digest).catch(() => undefined)
        await this.#read(bytes?.byteLength ?? 0)
        const isGood = bytes && digestOf(bytes, algorithmOf(digest)) === digest
        const isNews = !isGood && (await this.#context.damagedManifest(repository, digest))
        if (!isNews && state === 'good') continue
        this.#state.damaged++
        const what = bytes ? 'has other bytes' : 'has no bytes'
        this.#tell({ kind: 'manifest', name: `${repository}@${digest}`, what })
      }
      ;({ more } = page)
      this.#state.after = page.entries.at(-1)?.position ?? ''
      await save()
    }
    Object.assign(this.#state, { part: 'strays', after: '' })
  }

  async #strays(): Promise<void> {
    const strays = await findOrphans(this.#context, this.#pace, this.#signal)
    this.#state.strays = strays.length
    for (const { key } of strays)
      this.#tell({ kind: 'stray', name: key, what: 'is named by no entry: collection removes it' })
  }

  async #read(bytes: number): Promise<void> {
    this.#state.bytes += bytes
    await this.#pace.spend(bytes)
  }

  #tell(finding: ScrubFinding): void {
    this.#context.log.warn({ ...finding }, 'scrub has found something')
    if (this.#findings.length < MOST_TOLD) this.#findings.push(finding)
  }
}
