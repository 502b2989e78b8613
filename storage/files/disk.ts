/**
 * The file operations that the store needs, as few as possible, so that tests can record them, lose
 * them and make them fail. Nothing is durable before the `sync` that covers it. Paths are relative
 * to the data directory.
 * @throws RegistryError STORAGE_FULL where space is missing, else UNAVAILABLE, from every operation
 */
export interface Disk {
  /** Creates a directory, whose parent exists. Does nothing if it exists. */
  makeDirectory(path: string): Promise<void>
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>
  /** Creates an empty file, or empties the one that an interrupted process left under that name. */
  create(path: string): Promise<AppendFile>
  /**
   * Opens a file to continue at `length` bytes, and cuts off the rest; undefined if it is missing
   * or shorter.
   */
  append(path: string, length: number): Promise<AppendFile | undefined>
  /** Opens a file for reading; undefined if it is missing. */
  open(path: string): Promise<ReadFile | undefined>
  /** Renames a file; the new name must be free. */
  rename(from: string, to: string): Promise<void>
  /**
   * Gives a file a further name (hard link) at an absolute path; false if that is on another disk
   * or not supported.
   */
  link(from: string, path: string): Promise<boolean>
  /** Removes a file; false if it is missing. */
  unlink(path: string): Promise<boolean>
  /** The names in a directory. */
  list(path: string): Promise<string[]>
  /** Closes all files that are kept open. */
  close(): Promise<void>
}

export interface AppendFile {
  append(bytes: Uint8Array): Promise<void>
  /**
   * Makes the bytes and the length durable. A failed sync is final: a later success does not mean
   * that the bytes are safe.
   */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface ReadFile {
  /** Bytes. */
  readonly size: number
  /**
   * Fills `into` with bytes from `position`. Returns their number, which is smaller only at the end
   * of the file.
   */
  read(position: number, into: Uint8Array): Promise<number>
  close(): Promise<void>
}
