/**
 * Whether there may be files that no index entry has: a process ended, or a push failed, between
 * the commit of the bytes and their entry. Pushes raise the suspicion, and the collector looks for
 * the files.
 */
export class OrphanSuspicion {
  #suspected = false

  get suspected(): boolean {
    return this.#suspected
  }

  suspect(): void {
    this.#suspected = true
  }

  /** Clears the suspicion; true if there was one. */
  takeSuspicion(): boolean {
    const suspected = this.#suspected
    this.#suspected = false
    return suspected
  }
}
