/**
 * The file operations the store is built from, as few as it needs, so that a test can record them, lose them and fail them.
 * Nothing is durable before the `sync` that covers it. Paths are relative to the data directory.
 * Every failure is a RegistryError: STORAGE_FULL where space is missing, else UNAVAILABLE.
 */
export interface Disk {
  /** Makes a directory; its parent exists. Does nothing if it is there already. */
  makeDirectory(path: string): Promise<void>
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>
  /** Makes an empty file, in place of what an interrupted process left under that name. */
  create(path: string): Promise<AppendFile>
  /** Opens a file to go on at `length` bytes, cutting off what lies beyond; undefined if it is missing or shorter. */
  append(path: string, length: number): Promise<AppendFile | undefined>
  /** Opens a file for reading; undefined if it is missing. */
  open(path: string): Promise<ReadFile | undefined>
  /** Moves a file to a name that is not taken. */
  rename(from: string, to: string): Promise<void>
  /** Gives a file a further name at an absolute path; false where that is on another disk, or cannot be. */
  link(from: string, path: string): Promise<boolean>
  /** Removes a file; false if it is missing. */
  unlink(path: string): Promise<boolean>
  /** The names in a directory. */
  list(path: string): Promise<string[]>
  /** Lets go of what is kept open. */
  close(): Promise<void>
}

export interface AppendFile {
  append(bytes: Uint8Array): Promise<void>
  /** Makes the bytes and the length durable. A failed sync is final: what it covered may be lost, whatever a later one says. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface ReadFile {
  /** Bytes. */
  readonly size: number
  /** Fills `into` with bytes from `position` and tells how many; fewer than it holds only at the end of the file. */
  read(position: number, into: Uint8Array): Promise<number>
  close(): Promise<void>
}
