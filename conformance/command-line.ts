import type { Credentials } from './target.ts'

export const EXIT_CODES = { passed: 0, failed: 1, usage: 2, goMissing: 3, notRun: 4 } as const

class UsageError extends Error {}

/** The options that the suite and the clients share. */
export const SHARED_OPTIONS = {
  registry: { type: 'string' },
  username: { type: 'string' },
  password: { type: 'string' },
  built: { type: 'boolean', default: false },
  only: { type: 'string' },
} as const

export function givenCredentials(values: {
  registry?: string | undefined
  username?: string | undefined
  password?: string | undefined
}): Credentials | undefined {
  const { registry, username, password } = values
  if (username === undefined && password === undefined) return undefined
  if (username === undefined || password === undefined) {
    throw new UsageError('--username and --password need each other')
  }
  if (registry !== undefined) return { username, password }
  throw new UsageError(
    '--username and --password need --registry: servers that are started here have their own accounts',
  )
}

/** All of them, or the one that the option names. */
export function selectNamed<Named extends { name: string }>(
  all: readonly Named[],
  option: string,
  name: string | undefined,
): readonly Named[] {
  if (name === undefined) return all
  const selected = all.filter((each) => each.name === name)
  if (selected.length > 0) return selected
  throw new UsageError(
    `--${option} ${name}: expected one of ${all.map((each) => each.name).join(', ')}`,
  )
}

/** Runs `main` and sets the exit code, also after an error. */
export async function runMain(main: () => Promise<number>): Promise<void> {
  // An ordinary exit, so that the exit handlers stop the server.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(EXIT_CODES.failed))
  }
  try {
    process.exitCode = await main()
  } catch (error) {
    const misused = error instanceof UsageError || codeOf(error)?.startsWith('ERR_PARSE_ARGS')
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = misused ? EXIT_CODES.usage : EXIT_CODES.failed
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
