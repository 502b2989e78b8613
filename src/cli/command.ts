import type { Config } from '../config.ts'

/** One command of the command line: `wasmoor <name> …`. */
export interface Command {
  /** One word, or two as in `token list`. */
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** The arguments after the name, as help shows them: `['[config.yaml]']`. */
  readonly operands: readonly string[]
  /**
   * Flags of this command alone, by name without dashes. A flag with the name of a configuration
   * key hides that key.
   */
  readonly options: Readonly<Record<string, Option>>
  /**
   * Whether the command takes every configuration key as a flag, and a configuration file where
   * its operands have `[config.yaml]`.
   */
  readonly usesConfig: boolean
  /** Returns the exit code. An error is printed and ends the process with exit code 1. */
  run(call: Call): Promise<number>
}

export interface Option {
  readonly type: 'boolean' | 'string'
  /** Whether it may be given more than once. */
  readonly multiple?: true
  /** One letter. */
  readonly short?: string
  readonly description: string
}

/** The flags of a call by name, as node:util parses them. */
export type Options = Readonly<
  Record<string, string | boolean | readonly (string | boolean)[] | undefined>
>

/** The name of a configuration file in `operands`. */
export const CONFIG_FILE = '[config.yaml]'

/** The arguments of one call of a command. */
export interface Call {
  readonly operands: readonly string[]
  readonly options: Options
  /**
   * Reads the configuration from file, environment and flags.
   * @param warn gets a sentence for each setting of distribution that is ignored
   * @throws ConfigError
   */
  readonly loadConfig: (warn?: (sentence: string) => void) => Config
  /** Prints to stdout. */
  readonly print: (text: string) => void
}

/** Ends the process with an exit code of its own; other errors end it with 1. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.exitCode = exitCode
  }
}

/** The command line is wrong: exit code 2. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError'

  constructor(message: string) {
    super(message, 2)
  }
}
