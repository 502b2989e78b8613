/** Where one server of a run lives. */
export interface ServerLocation {
  readonly port: number
  /** Empty, and its own. */
  readonly directory: string
}

export interface Command {
  readonly file: string
  readonly arguments: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** Everything the bench has to know about one server under test. */
export interface ServerKind {
  readonly name: string
  /** A registry takes its data over HTTP; `files` is served from a tree of files and takes no pushes. */
  readonly content: 'registry' | 'files'
  /** What the reader of a figure must know about it. */
  readonly remark: string
  /** Undefined where it is not installed. */
  version(): Promise<string | undefined>
  /** Writes the configuration it needs into the directory, and says how to start it. */
  command(location: ServerLocation): Promise<Command>
}
