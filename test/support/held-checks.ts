/** Password checks that end when a test says so, and in the meantime are counted. */
export class HeldChecks {
  /** The checks that were asked for, in order. */
  readonly asked: { readonly password: string; readonly hash: string }[] = []
  /** How many ran at the same time at most. */
  most = 0
  readonly #running: ((right: boolean) => void)[] = []

  readonly verify = (password: string, hash: string): Promise<boolean> => {
    this.asked.push({ password, hash })
    return new Promise((resolve) => {
      this.#running.push(resolve)
      this.most = Math.max(this.most, this.#running.length)
    })
  }

  /** Ends the check that runs, and lets what follows from that happen. */
  async end(right: boolean): Promise<void> {
    this.#running.shift()?.(right)
    await settled()
  }

  /** Ends every check, also those that begin meanwhile. */
  async endAll(right: boolean): Promise<void> {
    await settled()
    while (this.#running.length > 0) await this.end(right)
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await Promise.resolve()
}
