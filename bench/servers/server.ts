/** The port and directory of a server. */
export interface ServerLocation {
  readonly port: number
  /** A new, empty directory. */
  readonly directory: string
}

export interface Command {
  readonly file: string
  readonly arguments: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** A server under test: how to start it, and how to load it. */
export interface ServerKind {
  readonly name: string
  /** A registry is loaded over HTTP; `files` are served statically, without pushes. */
  readonly content: 'registry' | 'files'
  /** A remark for the report, such as on durability. */
  readonly remark: string
  /** Undefined if it is not installed. */
  version(): Promise<string | undefined>
  /**
   * Writes the configuration into the directory, and returns the command that starts the server.
   */
  command(location: ServerLocation): Promise<Command>
}
