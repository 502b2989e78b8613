import { execFile } from 'node:child_process'
import { cp, mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { repository } from '../cli/process.ts'

/**
 * Compiles the program to a directory of its own, where it starts three times as fast as from its
 * sources and where nothing
 * changes under a test that starts it again and again. The directory is left to the caller.
 */
export async function compileProgram(): Promise<{ directory: string; program: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'wasmoor-program-'))
  const compiler = join(repository, 'node_modules/.bin/tsc')
  const output = join(directory, 'dist')
  // Types are checked elsewhere.
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', output]
  await promisify(execFile)(compiler, options, { cwd: repository })
  for (const name of ['package.json', 'bin'])
    await cp(join(repository, name), join(directory, name), { recursive: true })
  await symlink(join(repository, 'node_modules'), join(directory, 'node_modules'))
  return { directory, program: join(directory, 'bin/wasmoor') }
}
