import { basename, join } from 'node:path'
import { execute, type Environment, type Outcome } from '../execute.ts'
import type { Tool } from '../versions.ts'
import { BUILD_TIMEOUT_SECONDS, GoMissing, ToolUnavailable } from './cache.ts'

/** Builds a program of a published module, and returns its path. */
export async function buildModule(tool: Tool & { from: 'go' }, workshop: string): Promise<string> {
  const built = join(workshop, basename(tool.program || tool.module))
  if (tool.hasReplaceLines) {
    const source = await downloadModule(tool, workshop)
    await go(['build', '-o', built, `./${tool.program}`], workshop, source)
  } else {
    await go(['install', `${join(tool.module, tool.program)}@${tool.version}`], workshop)
  }
  return built
}

/** Builds a program from a folder with its source and go.sum, and returns its path. */
export async function buildSource(source: string, workshop: string): Promise<string> {
  const built = join(workshop, basename(source))
  await go(['build', '-o', built, '.'], workshop, source)
  return built
}

async function downloadModule(tool: Tool & { from: 'go' }, workshop: string): Promise<string> {
  const named = `${tool.module}@${tool.version}`
  const { stdout } = await go(['mod', 'download', '-json', named], workshop)
  const { Dir: directory } = JSON.parse(stdout.toString()) as { Dir: string }
  return directory
}

async function go(args: string[], workshop: string, directory = workshop): Promise<Outcome> {
  const environment: Environment = {
    ...process.env,
    CGO_ENABLED: '0',
    GOFLAGS: '-trimpath',
    GOBIN: workshop,
  }
  let outcome: Outcome
  try {
    const timeoutSeconds = BUILD_TIMEOUT_SECONDS
    outcome = await execute('go', args, { environment, directory, timeoutSeconds })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new GoMissing('Go is not installed (no `go` on PATH), and this tool is built with it')
  }
  if (outcome.exitCode !== 0) {
    throw new ToolUnavailable(`go ${args.join(' ')} failed:\n${outcome.stderr.trim()}`)
  }
  return outcome
}
