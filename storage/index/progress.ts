/**
 * What long work needs to go on after a restart, and to tell of itself: one plain document by name, of its owner's own shape.
 * Survives the end of the process, not of the machine.
 */
export interface Progress {
  get<T extends object>(name: string): Promise<T | undefined>
  put(name: string, document: object): Promise<void>
}
