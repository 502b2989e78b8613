import { constants } from 'node:fs'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, delimiter, join, resolve } from 'node:path'
import { execute, type Environment, type Outcome } from './execute.ts'
import { tools, type Tool, type ToolName } from './versions.ts'

const cache = resolve(process.env['WASMOOR_TOOLS'] ?? join(import.meta.dirname, '.tools'))
const buildTimeoutSeconds = 900

export class ToolUnavailable extends Error {}
export class GoMissing extends ToolUnavailable {}

export interface InstalledTool {
  path: string
  version: string
}

/** Finds a tool of the table, and builds or installs it first where it is missing. */
export async function ensureTool(name: ToolName): Promise<InstalledTool> {
  const tool: Tool = tools[name]
  if (tool.from === 'debian') {
    const path = (await findOnPath(tool.package)) ?? (await installPackage(tool.package))
    const { stdout } = await execute(path, ['--version'])
    return { path, version: stdout.toString().trim().split(' ').at(-1) ?? 'unknown' }
  }
  const path = join(cache, `${name}-${tool.version}`)
  if (!(await isProgram(path))) {
    console.log(`building ${name} ${tool.version}`)
    await buildWithGo(tool, path)
  }
  return { path, version: tool.version }
}

async function buildWithGo(tool: Tool & { from: 'go' }, path: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  // Built aside and renamed, so that a second run at the same time never starts half a program.
  const workshop = await mkdtemp(join(cache, '.building-'))
  const environment = {
    ...process.env,
    CGO_ENABLED: '0',
    GOFLAGS: '-trimpath',
    GOBIN: workshop,
  }
  try {
    const built = join(workshop, basename(tool.program || tool.module))
    if (tool.hasReplaceLines) {
      const source = await downloadModule(tool, environment)
      await go(['build', '-o', built, `./${tool.program}`], environment, source)
    } else {
      await go(['install', `${join(tool.module, tool.program)}@${tool.version}`], environment)
    }
    await rename(built, path)
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

async function downloadModule(tool: Tool & { from: 'go' }, environment: Environment) {
  const { stdout } = await go(
    ['mod', 'download', '-json', `${tool.module}@${tool.version}`],
    environment,
  )
  const { Dir: directory } = JSON.parse(stdout.toString()) as { Dir: string }
  return directory
}

async function go(args: string[], environment: Environment, directory = cache): Promise<Outcome> {
  const timeoutSeconds = buildTimeoutSeconds
  let outcome: Outcome
  try {
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

async function installPackage(name: string): Promise<string> {
  if (process.getuid?.() !== 0 || !(await findOnPath('apt-get'))) {
    throw new ToolUnavailable(
      `${name} is not on PATH; only root on Debian or Ubuntu can have it installed from here`,
    )
  }
  console.log(`installing the package ${name}`)
  const install = ['install', '-y', '--no-install-recommends', name]
  let outcome = await aptGet(install)
  if (outcome.exitCode !== 0) {
    // A fresh machine has no package lists yet.
    await aptGet(['update'])
    outcome = await aptGet(install)
  }
  const path = await findOnPath(name)
  if (outcome.exitCode === 0 && path) return path
  throw new ToolUnavailable(`apt-get install ${name} failed:\n${outcome.stderr.trim()}`)
}

function aptGet(args: string[]): Promise<Outcome> {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return execute('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    environment,
    timeoutSeconds: buildTimeoutSeconds,
  })
}

async function findOnPath(program: string): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, program)
    if (await isProgram(path)) return path
  }
  return undefined
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
