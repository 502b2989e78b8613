/** Bytes of a {@link ByteBudget} that one request holds. */
export interface Hold {
  /**
   * Changes the number of bytes at once, even beyond the budget: the memory is in use already. Does
   * nothing after the release.
   */
  resize(bytes: number): void
  release(): void
}

interface Waiting {
  readonly bytes: number
  readonly grant: (hold: Hold) => void
}

/** One account or network. */
interface Holder {
  held: number
  readonly waiting: Set<Waiting>
}

/**
 * Memory that all requests together may hold. A request that would exceed it waits. The holders
 * (accounts or networks) take turns, and none gets more than half, so that one of them cannot keep
 * the others out.
 */
export class ByteBudget {
  readonly #total: number
  /** Bytes that one holder may hold. */
  readonly #share: number
  readonly #holders = new Map<string, Holder>()
  #held = 0

  /** @param total bytes */
  constructor(total: number) {
    this.#total = total
    this.#share = Math.ceil(total / 2)
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held
  }

  /** Requests that wait. */
  get waiting(): number {
    let count = 0
    for (const { waiting } of this.#holders.values()) count += waiting.size
    return count
  }

  /**
   * Resolves once the bytes fit. A hold that is larger than a holder's share counts as the share:
   * it then is the only one of its holder.
   * @throws the reason of the signal, if that comes first
   */
  async hold(holder: string, bytes: number, signal: AbortSignal): Promise<Hold> {
    const wanted = Math.min(bytes, this.#share)
    const entry = this.#holderOf(holder)
    if (entry.waiting.size === 0 && this.#fits(entry, wanted)) return this.#grant(holder, wanted)
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const waiting = { bytes: wanted, grant: resolve }
      const leave = () => {
        // The request may have got its bytes in the meantime.
        if (!entry.waiting.delete(waiting)) return
        this.#forget(holder)
        reject(signal.reason as Error)
        this.#serve()
      }
      entry.waiting.add(waiting)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  #holderOf(holder: string): Holder {
    const known = this.#holders.get(holder)
    if (known) return known
    const entry: Holder = { held: 0, waiting: new Set() }
    this.#holders.set(holder, entry)
    return entry
  }

  #fits(entry: Holder, bytes: number): boolean {
    return entry.held + bytes <= this.#share && this.#held + bytes <= this.#total
  }

  #grant(holder: string, bytes: number): Hold {
    let held = 0
    let released = false
    const change = (to: number) => {
      this.#holderOf(holder).held += to - held
      this.#held += to - held
      held = to
    }
    change(bytes)
    return {
      resize: (to) => {
        if (released) return
        const freed = to < held
        change(to)
        if (freed) this.#serve()
      },
      release: () => {
        if (released) return
        released = true
        change(0)
        this.#forget(holder)
        this.#serve()
      },
    }
  }

  #forget(holder: string): void {
    const entry = this.#holders.get(holder)
    if (entry?.held === 0 && entry.waiting.size === 0) this.#holders.delete(holder)
  }

  /** Grants to one request of each holder in turn, until the next one does not fit. */
  #serve(): void {
    for (const [holder, entry] of this.#holders) {
      const [next] = entry.waiting
      if (!next || entry.held + next.bytes > this.#share) continue
      // A large request would never get its turn if smaller ones were served before it.
      if (this.#held + next.bytes > this.#total) return
      entry.waiting.delete(next)
      // Served holders go to the end, which the loop reaches again.
      this.#holders.delete(holder)
      this.#holders.set(holder, entry)
      next.grant(this.#grant(holder, next.bytes))
    }
  }
}
