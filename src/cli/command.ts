import type { Config } from '../config.ts'

/** One command of the command line: `wasmoor <name> …`. */
export interface Command {
  /** One word, or two as in `token list`. */
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What may stand after the name, as help shows it: `['[config.yaml]']`. */
  readonly operands: readonly string[]
  /** Flags of this command alone, by name without dashes. One with the name of a key of the configuration hides that. */
  readonly options: Readonly<Record<string, Option>>
  /** Whether it takes every key of the configuration as a flag, and a file where its operands have `[config.yaml]`. */
  readonly configured: boolean
  /** Does the work and gives the exit code. What it throws is printed and ends the process with code 1. */
  run(call: Call): Promise<number>
}

export interface Option {
  readonly type: 'boolean' | 'string'
  /** Whether it may be given more than once. */
  readonly multiple?: true
  /** One letter. */
  readonly short?: string
  readonly meaning: string
}

/** The flags of a call by name, as node:util parses them. */
export type Options = Readonly<
  Record<string, string | boolean | readonly (string | boolean)[] | undefined>
>

/** How `operands` names a configuration file. */
export const CONFIG_FILE = '[config.yaml]'

/** What one call of a command was given. */
export interface Call {
  readonly operands: readonly string[]
  readonly options: Options
  /**
   * Reads the configuration from file, environment and flags, and tells what was left out of those that are written for
   * another registry. Throws ConfigError.
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

/** The command line itself makes no sense: exit code 2. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError'

  constructor(message: string) {
    super(message, 2)
  }
}
