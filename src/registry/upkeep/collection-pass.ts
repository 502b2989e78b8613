import type {
  Candidate,
  CandidateKind,
  CollectTerms,
  Decision,
} from '../../../storage/index/candidates.ts'
import type { GcStatus, OperationStatus } from '../../api/operations.ts'
import { sortableTime } from '../../../storage/keys.ts'
import type { Matcher } from '../../base/patterns.ts'
import type { RegistryContext } from '../context.ts'
import type { Pace } from './pace.ts'

type Counts = Omit<GcStatus, keyof OperationStatus | 'dryRun' | 'cutoff'>

/** The work of a pass so far. */
export type CollectionCounts = { -readonly [Name in keyof Counts]: Counts[Name] }

export interface PassOptions {
  /** By kind: content that became unreferenced later stays. Undefined skips the kind. */
  readonly cutoffs: Readonly<Record<CandidateKind, number | undefined>>
  /** The repositories whose untagged manifests are deleted. */
  readonly untagged: Matcher
  readonly dryRun: boolean
  /** Candidates per index operation: other operations wait for it. */
  readonly batch: number
  readonly pace: Pick<Pace, 'spend'>
}

/** The candidates to look at: after this position of the list, and no later than this time. */
interface Part {
  readonly after: string
  readonly until: number
}

/** Looks once at all candidates that are old enough. */
export class CollectionPass {
  readonly #context: RegistryContext
  readonly #options: PassOptions
  readonly counts: CollectionCounts = {
    examined: 0,
    manifests: 0,
    links: 0,
    blobs: 0,
    bytes: 0,
    files: 0,
    orphans: 0,
    failures: 0,
  }

  constructor(context: RegistryContext, options: PassOptions) {
    this.#context = context
    this.#options = options
  }

  /** Ends early if collection is paused, and returns the holder of the pause. */
  async run(): Promise<string | undefined> {
    for (const kind of ['manifest', 'link', 'blob', 'key'] as const) {
      const cutoff = this.#options.cutoffs[kind]
      if (cutoff === undefined) continue
      const now = this.#context.now()
      // First the candidates from the future, which exist if the clock was set back: their time
      // becomes now.
      for (const part of [
        { after: sortableTime(now + 1), until: Number.POSITIVE_INFINITY },
        { after: '', until: cutoff },
      ]) {
        const pausedBy = await this.#collectPart(kind, part, cutoff)
        if (pausedBy !== undefined) return pausedBy
      }
    }
    return undefined
  }

  async #collectPart(kind: CandidateKind, part: Part, cutoff: number): Promise<string | undefined> {
    const { candidates } = this.#context.storage.index
    let { after } = part
    for (;;) {
      const page = await candidates.list(kind, { after, limit: this.#options.batch })
      const due = page.entries.filter(({ time }) => time <= part.until)
      const last = due.at(-1)
      if (last === undefined) return undefined
      const included = due.filter((one) => this.#isIncluded(one))
      const pausedBy = await this.#collect(included, cutoff)
      if (pausedBy !== undefined) return pausedBy
      await this.#options.pace.spend(due.length)
      if (!page.more || due.length < page.entries.length) return undefined
      after = last.position
    }
  }

  #isIncluded({ kind, object: [repository = ''] }: Candidate): boolean {
    return kind !== 'manifest' || this.#options.untagged(repository)
  }

  async #collect(candidates: readonly Candidate[], cutoff: number): Promise<string | undefined> {
    if (candidates.length === 0) return undefined
    const { dryRun } = this.#options
    const terms: CollectTerms = { cutoff, time: this.#context.now(), dryRun }
    const outcome = await this.#context.storage.index.candidates.collect(candidates, terms)
    if (outcome.pausedBy !== undefined) return outcome.pausedBy
    this.counts.examined += candidates.length
    for (const [at, decision] of outcome.decisions.entries())
      this.#count(candidates[at]!.kind, decision)
    if (!dryRun) await this.#deleteBytes(outcome.decisions)
    return undefined
  }

  #count(kind: CandidateKind, decision: Decision): void {
    if (decision.outcome !== 'deleted') return
    if (kind === 'manifest') this.counts.manifests++
    if (kind === 'link') this.counts.links++
    if (kind === 'key') this.counts.files++
    if (decision.blob === undefined) return
    this.counts.blobs++
    this.counts.bytes += decision.blob.size
  }

  /** The index no longer has these keys, and keys are never reused. */
  async #deleteBytes(decisions: readonly Decision[]): Promise<void> {
    const { blobs, index } = this.#context.storage
    const keys = decisions.flatMap((decision) =>
      decision.outcome === 'deleted' && decision.bytesToDelete ? [decision.bytesToDelete] : [],
    )
    const deleted = await Promise.all(
      keys.map(async ({ key, position }) => {
        try {
          await blobs.remove(key)
          return [position]
        } catch (error) {
          this.counts.failures++
          this.#context.log.warn({ key, err: error }, 'a file could not be deleted')
          return []
        }
      }),
    )
    if (keys.length > 0) await index.candidates.deleteKeyCandidates(deleted.flat())
  }
}
