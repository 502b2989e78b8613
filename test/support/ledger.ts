import type { Content } from './artifact.ts'

/**
 * One fact about a registry: `blob <repository> <digest>` and `manifest <repository> <digest>` are "there" or not,
 * `tag <repository> <tag>` is a digest or not there, `upload <repository> <id>` is an offset or not there.
 */
export interface Fact {
  readonly key: string
  readonly value: string | undefined
}

/** What an actor says about an operation: what it asks for, and then what it was told has happened. */
export interface LedgerMark {
  readonly actor: string
  readonly step: 'asks' | 'is told'
  /** Asked for, or true from now on. Nothing where a request was refused or changed nothing. */
  readonly facts: readonly Fact[]
}

export function fact(value: string | undefined, ...key: string[]): Fact {
  return { key: key.join(' '), value }
}

/** What was acknowledged, and what was asked for and may have happened or not. An actor does one thing at a time. */
export class Ledger {
  /** Contents by digest, and of upload sessions by id. */
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

  /** What is true unless a running operation changed it; undefined also where it was never anything else. */
  value(...key: string[]): string | undefined {
    return this.#known.get(key.join(' '))
  }

  /** Facts of a kind, in one repository: what follows there in the key, and the value. */
  *present(kind: string, repository: string): Generator<[name: string, value: string]> {
    const prefix = `${kind} ${repository} `
    for (const [key, value] of this.#known) {
      if (value !== undefined && key.startsWith(prefix)) yield [key.slice(prefix.length), value]
    }
  }

  /** Every fact that was ever acknowledged and is not in question. */
  *certain(): Generator<Fact> {
    const questionable = new Set(this.running().flatMap((facts) => facts.map(({ key }) => key)))
    for (const [key, value] of this.#known) if (!questionable.has(key)) yield { key, value }
  }

  /** What was asked for and not answered, by operation. */
  running(): (readonly Fact[])[] {
    return [...this.#asked.values()]
  }

  /** Nothing is known of it any more. */
  forget(key: string): void {
    this.#known.delete(key)
  }

  /** After an end of the process: what was running is decided now, by what was found. */
  settle(found: readonly Fact[]): void {
    this.#asked.clear()
    for (const { key, value } of found) this.#known.set(key, value)
  }
}
