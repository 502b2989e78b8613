import { execute, type Outcome } from '../execute.ts'
import { BUILD_TIMEOUT_SECONDS, findOnPath, ToolUnavailable } from './cache.ts'

/** Installs a Debian package and returns the path of its program. */
export async function installDebianPackage(name: string, program: string): Promise<string> {
  if (process.getuid?.() !== 0 || !(await findOnPath('apt-get'))) {
    throw new ToolUnavailable(
      `${name} is not on PATH; only root on Debian or Ubuntu can install it automatically`,
    )
  }
  console.log(`installing the package ${name}`)
  const install = ['install', '-y', '--no-install-recommends', name]
  let outcome = await aptGet(install)
  if (outcome.exitCode !== 0) {
    // A new machine has no package lists.
    await aptGet(['update'])
    outcome = await aptGet(install)
  }
  const path = await findOnPath(program)
  if (outcome.exitCode === 0 && path) return path
  throw new ToolUnavailable(`apt-get install ${name} failed:\n${outcome.stderr.trim()}`)
}

function aptGet(args: string[]): Promise<Outcome> {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return execute('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    environment,
    timeoutSeconds: BUILD_TIMEOUT_SECONDS,
  })
}
