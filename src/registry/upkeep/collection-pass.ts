import type {
  Candidate,
  CollectTerms,
  Decision,
  CandidateKind,
} from '../../../storage/index/candidates.ts'
import { sortableTime } from '../../../storage/keys.ts'
import type { RegistryContext } from '../context.ts'
import type { Matcher } from '../../base/patterns.ts'
import type { Pace } from './pace.ts'

/** What a pass did, or in a dry run would have done at least. */
export interface CollectionCounts {
  /** Candidates that were looked at. */
  examined: number
  manifests: number
  /** Blobs taken out of a repository. */
  links: number
  blobs: number
  /** Bytes of those blobs. */
  bytes: number
  /** Keys without an entry whose bytes went. */
  keys: number
  /** Bytes without an entry that were found after an unclean end; they go in a later pass. */
  strays: number
  /** Keys whose bytes could not be removed; the next pass tries again. */
  failures: number
}

export interface PassOptions {
  /** By kind: what was let go up to then may go. Undefined leaves the kind alone. */
  readonly before: Readonly<Record<CandidateKind, number | undefined>>
  /** Where untagged manifests may go. */
  readonly untagged: Matcher
  readonly dryRun: boolean
  /** Candidates per index operation: other operations wait for it. */
  readonly piece: number
  readonly pace: Pick<Pace, 'spend'>
}

/** One look at all candidates that are old enough. */
export class CollectionPass {
  readonly #context: RegistryContext
  readonly #options: PassOptions
  readonly counts: CollectionCounts = {
    examined: 0,
    manifests: 0,
    links: 0,
    blobs: 0,
    bytes: 0,
    keys: 0,
    strays: 0,
    failures: 0,
  }

  constructor(context: RegistryContext, options: PassOptions) {
    this.#context = context
    this.#options = options
  }

  /** Who holds removals off, if somebody does: then there is more to do later. */
  async run(): Promise<string | undefined> {
    for (const kind of ['manifest', 'link', 'blob', 'key'] as const) {
      const before = this.#options.before[kind]
      if (before === undefined) continue
      const now = this.#context.now()
      // First those from the future, which the clock was in: they get the time of now.
      for (const part of [
        { after: sortableTime(now + 1), until: Number.POSITIVE_INFINITY },
        { after: '', until: before },
      ]) {
        const holder = await this.#collectList(kind, part, before)
        if (holder !== undefined) return holder
      }
    }
    return undefined
  }

  async #collectList(
    kind: CandidateKind,
    part: { after: string; until: number },
    before: number,
  ): Promise<string | undefined> {
    const { candidates } = this.#context.storage.index
    let { after } = part
    for (;;) {
      const page = await candidates.list(kind, { after, limit: this.#options.piece })
      const due = page.entries.filter(({ time }) => time <= part.until)
      const last = due.at(-1)
      if (last === undefined) return undefined
      const holder = await this.#collect(
        due.filter((one) => this.#isMeant(one)),
        before,
      )
      if (holder !== undefined) return holder
      await this.#options.pace.spend(due.length)
      if (!page.more || due.length < page.entries.length) return undefined
      after = last.position
    }
  }

  #isMeant({ kind, object: [repository = ''] }: Candidate): boolean {
    return kind !== 'manifest' || this.#options.untagged(repository)
  }

  async #collect(candidates: readonly Candidate[], before: number): Promise<string | undefined> {
    if (candidates.length === 0) return undefined
    const { dryRun } = this.#options
    const terms: CollectTerms = { cutoff: before, time: this.#context.now(), dryRun }
    const outcome = await this.#context.storage.index.candidates.collect(candidates, terms)
    if (outcome.pausedBy !== undefined) return outcome.pausedBy
    this.counts.examined += candidates.length
    for (const [position, decision] of outcome.decisions.entries())
      this.#count(candidates[position]!.kind, decision)
    if (!dryRun) await this.#remove(outcome.decisions)
    return undefined
  }

  #count(kind: CandidateKind, decision: Decision): void {
    if (decision.outcome !== 'deleted') return
    if (kind === 'manifest') this.counts.manifests++
    if (kind === 'link') this.counts.links++
    if (kind === 'key') this.counts.keys++
    if (decision.blob === undefined) return
    this.counts.blobs++
    this.counts.bytes += decision.blob.size
  }

  /** The index has forgotten them: nothing new can come to lie under these keys. */
  async #remove(decisions: readonly Decision[]): Promise<void> {
    const { blobs, index } = this.#context.storage
    const keys = decisions.flatMap((decision) =>
      decision.outcome === 'deleted' && decision.bytesToDelete ? [decision.bytesToDelete] : [],
    )
    const removed = await Promise.all(
      keys.map(async ({ key, position }) => {
        try {
          await blobs.remove(key)
          return [position]
        } catch (error) {
          this.counts.failures++
          this.#context.log.warn({ key, err: error }, 'bytes could not be removed')
          return []
        }
      }),
    )
    if (keys.length > 0) await index.candidates.deleteKeyCandidates(removed.flat())
  }
}
