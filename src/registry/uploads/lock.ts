/** A request's time with an upload session. */
export interface UploadLease {
  /** Called when another request wants the session: to give it up soon. */
  onTakeover(giveUp: () => void): void
}

interface Running {
  readonly ended: Promise<unknown>
  takeover: (() => void) | undefined
  wanted: boolean
}

/** One request at a time per upload session; a later one ends the one before, and begins when that has let go. */
export class UploadLock {
  readonly #running = new Map<string, Running>()

  isTaken(id: string): boolean {
    return this.#running.has(id)
  }

  async take<T>(id: string, work: (turn: UploadLease) => Promise<T>): Promise<T> {
    for (let before = this.#running.get(id); before; before = this.#running.get(id)) {
      before.wanted = true
      before.takeover?.()
      await before.ended
    }
    const { promise: ended, resolve: end } = promiseWithResolve()
    const running: Running = { ended, takeover: undefined, wanted: false }
    this.#running.set(id, running)
    try {
      return await work({
        onTakeover(giveUp) {
          running.takeover = giveUp
          if (running.wanted) giveUp()
        },
      })
    } finally {
      this.#running.delete(id)
      end()
    }
  }
}

function promiseWithResolve(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
