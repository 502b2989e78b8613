/** The request that holds the lock of an upload session. */
export interface LockHolder {
  /**
   * Sets the function that is called when another request wants the lock: it makes this one finish
   * soon.
   */
  onTakeover(giveUp: () => void): void
}

interface Holding {
  readonly ended: Promise<unknown>
  giveUp: (() => void) | undefined
  isWanted: boolean
}

/**
 * One request at a time per upload session. A new request makes the one before give up, and begins
 * when that has ended.
 */
export class UploadLock {
  readonly #holdings = new Map<string, Holding>()

  isTaken(id: string): boolean {
    return this.#holdings.has(id)
  }

  async take<T>(id: string, work: (holder: LockHolder) => Promise<T>): Promise<T> {
    for (let before = this.#holdings.get(id); before; before = this.#holdings.get(id)) {
      before.isWanted = true
      before.giveUp?.()
      await before.ended
    }
    let end!: () => void
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const holding: Holding = { ended, giveUp: undefined, isWanted: false }
    this.#holdings.set(id, holding)
    try {
      return await work({
        onTakeover(giveUp) {
          holding.giveUp = giveUp
          if (holding.isWanted) giveUp()
        },
      })
    } finally {
      this.#holdings.delete(id)
      end()
    }
  }
}
