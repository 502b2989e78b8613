import { join } from 'node:path'
import { execute } from '../execute.ts'
import type { Tool } from '../versions.ts'
import { ToolUnavailable } from './cache.ts'

/** A Rust build takes ten minutes and more on one core. */
const TIMEOUT_SECONDS = 3600

/**
 * Builds a program of a published crate, with the versions in its lock file, and returns its path.
 */
export async function installCrate(
  { crate, version }: Tool & { from: 'cargo' },
  workshop: string,
): Promise<string> {
  const args = ['install', '--locked', '--root', workshop, `${crate}@${version}`]
  try {
    const { exitCode, stderr } = await execute('cargo', args, { timeoutSeconds: TIMEOUT_SECONDS })
    if (exitCode === 0) return join(workshop, 'bin', crate)
    throw new ToolUnavailable(`cargo ${args.join(' ')} failed:\n${stderr.trim().slice(-2000)}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new ToolUnavailable(
      'Rust is not installed (no `cargo` on PATH), and this tool is built with it',
    )
  }
}
