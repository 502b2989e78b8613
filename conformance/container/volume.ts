import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { isolatedEnvironment } from '../isolated-environment.ts'
import { ensureTool } from '../tools.ts'
import { expectEqual } from '../expect.ts'
import { eventually, IMAGE, type ContainerFixture, type ContainerStep } from './fixture.ts'

const VOLUME = 'wasmoor-conformance'
const NAME = 'wasmoor-conformance'
const FILTER = 'filter.wasm'
const TYPE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const PAYLOAD = 'a file in an image'

/**
 * Steps that push to a container with a volume, and pull from another container with that volume.
 */
export const VOLUME_STEPS: readonly ContainerStep[] = [
  { name: 'a container starts with a volume, a read-only root and no capabilities', run: start },
  { name: 'docker push', run: dockerPush },
  { name: 'oras push', run: orasPush },
  { name: 'SIGTERM to PID 1 ends the container in time, with exit code 0', run: stop },
  { name: 'a new container starts on the volume', run: start },
  { name: 'docker pull returns the same image', run: dockerPull },
  { name: 'oras pull returns the same file', run: orasPull },
]

async function start(fixture: ContainerFixture): Promise<void> {
  const { docker, host } = fixture
  const hardening = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges']
  // The daemon has no bridge: the container uses the network of this machine, on loopback only.
  const place = ['--network=host', '--env', `REGISTRY_HTTP_ADDR=${host}`]
  const volume = ['--volume', `${VOLUME}:/var/lib/registry`]
  await docker.run(['run', '--detach', '--name', NAME, ...hardening, ...place, ...volume, IMAGE])
  await eventually('it answers', async () => (await fetch(`http://${host}/readyz`)).ok)
}

async function stop({ docker }: ContainerFixture): Promise<void> {
  const started = Date.now()
  await docker.run(['stop', '-t', '20', NAME])
  const seconds = (Date.now() - started) / 1000
  const code = await docker.run(['inspect', '--format', '{{.State.ExitCode}}', NAME])
  const output = await docker.logs(NAME)
  await docker.run(['rm', NAME])
  expectEqual(code, '0', 'exit code')
  if (seconds > 15 || !output.includes('"msg":"stopped"'))
    throw new Error(`${seconds} s\n${output}`)
}

export async function removeContainer({ docker }: ContainerFixture): Promise<void> {
  await docker.run(['rm', '--force', NAME]).catch(() => undefined)
}

const imageReference = ({ host }: ContainerFixture): string => `${host}/conformance/image:v1`

async function dockerPush(fixture: ContainerFixture): Promise<void> {
  const { docker, folder } = fixture
  const content = join(folder, 'content')
  await mkdir(content, { recursive: true })
  await writeFile(join(content, 'file'), PAYLOAD)
  const archive = join(folder, 'content.tar')
  await execute('tar', ['--create', '--file', archive, '--directory', content, '.'])
  await docker.run(['import', archive, imageReference(fixture)])
  await docker.run(['push', imageReference(fixture)])
}

async function dockerPull(fixture: ContainerFixture): Promise<void> {
  const { docker } = fixture
  const reference = imageReference(fixture)
  const before = await docker.run(['inspect', '--format', '{{.Id}}', reference])
  await docker.run(['rmi', reference])
  await docker.run(['pull', reference])
  expectEqual(await docker.run(['inspect', '--format', '{{.Id}}', reference]), before, 'image')
}

async function orasPush(fixture: ContainerFixture): Promise<void> {
  await writeFile(join(fixture.folder, FILTER), MODULE)
  const layer = `${FILTER}:${TYPE}`
  await oras(fixture, fixture.folder, ['push', artifact(fixture), layer])
}

async function orasPull(fixture: ContainerFixture): Promise<void> {
  const into = join(fixture.folder, 'pulled')
  await mkdir(into, { recursive: true })
  await oras(fixture, into, ['pull', artifact(fixture)])
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  expectEqual(hash(await readFile(join(into, FILTER))), hash(MODULE), 'file')
}

/** An empty core module. */
const MODULE = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])

const artifact = ({ host }: ContainerFixture): string => `${host}/conformance/filter:v1`

async function oras(
  fixture: ContainerFixture,
  directory: string,
  args: readonly string[],
): Promise<void> {
  const { path } = await ensureTool('oras')
  const [command = '', ...rest] = args
  const { exitCode, stdout, stderr } = await execute(path, [command, '--plain-http', ...rest], {
    directory,
    environment: isolatedEnvironment(join(fixture.folder, 'home')),
  })
  if (exitCode !== 0) throw new Error(`oras ${args.join(' ')}: ${stderr}${stdout.toString()}`)
}
