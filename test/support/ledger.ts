import type { Content } from './artifact.ts'

/**
 * One fact about a registry: `blob <repository> <digest>` and `manifest <repository> <digest>` are
 * "there" or not, `tag <repository> <tag>` is a digest or not there, `upload <repository> <id>` is
 * an offset or not there.
 */
export interface Fact {
  readonly key: string
  readonly value: string | undefined
}

/** A step of an operation: the request with the facts that it asks for, or the acknowledgement. */
export interface LedgerMark {
  readonly actor: string
  readonly step: 'asks' | 'is told'
  /** The facts that are asked for, or are true from now on. Empty if a request was refused. */
  readonly facts: readonly Fact[]
}

export function fact(value: string | undefined, ...key: string[]): Fact {
  return { key: key.join(' '), value }
}

/**
 * The acknowledged facts, and those of running requests, which may be true or not. An actor has one
 * request at a time.
 */
export class Ledger {
  /** Contents of blobs by digest, and of upload sessions by id. */
  readonly contents: Map<string, Content>
  readonly #known: Map<string, string | undefined>
  readonly #asked = new Map<string, readonly Fact[]>()

  constructor(contents: Map<string, Content> = new Map(), facts: Iterable<Fact> = []) {
    this.contents = contents
    this.#known = new Map([...facts].map(({ key, value }) => [key, value]))
  }

  apply({ actor, step, facts }: LedgerMark): void {
    if (step === 'asks') this.#asked.set(actor, facts)
    else {
      this.#asked.delete(actor)
      for (const { key, value } of facts) this.#known.set(key, value)
    }
  }

  /** The acknowledged value, unless a running operation changed it; undefined if it is absent. */
  value(...key: string[]): string | undefined {
    return this.#known.get(key.join(' '))
  }

  /** The facts of a kind in a repository: the rest of each key, and the value. */
  *present(kind: string, repository: string): Generator<[name: string, value: string]> {
    const prefix = `${kind} ${repository} `
    for (const [key, value] of this.#known) {
      if (value !== undefined && key.startsWith(prefix)) yield [key.slice(prefix.length), value]
    }
  }

  /** All acknowledged facts that no running operation may change. */
  *certain(): Generator<Fact> {
    const questionable = new Set(this.running().flatMap((facts) => facts.map(({ key }) => key)))
    for (const [key, value] of this.#known) if (!questionable.has(key)) yield { key, value }
  }

  /** The facts of each request without an answer so far. */
  running(): (readonly Fact[])[] {
    return [...this.#asked.values()]
  }

  /** Removes a fact whose value is no longer known. */
  forget(key: string): void {
    this.#known.delete(key)
  }

  /**
   * After the end of a process: replaces the facts of running requests by those that were found.
   */
  settle(found: readonly Fact[]): void {
    this.#asked.clear()
    for (const { key, value } of found) this.#known.set(key, value)
  }
}
