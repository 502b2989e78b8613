/**
 * The state of background work that continues after a restart: one plain document per name, in the
 * shape its owner chooses. Survives the end of the process, not of the machine.
 */
export interface Progress {
  get<T extends object>(name: string): Promise<T | undefined>
  put(name: string, document: object): Promise<void>
}
