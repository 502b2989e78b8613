import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { environmentOf } from '../own-home.ts'
import { ensureTool } from '../tools.ts'
import { eventually, expectEqual, IMAGE, type Scene, type SceneStep } from './scene.ts'

const VOLUME = 'wasmoor-conformance'
const NAME = 'wasmoor-conformance'
const FILTER = 'filter.wasm'
const TYPE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const PAYLOAD = 'a file in an image'

/** What is pushed into a container with a volume is there in the next container with that volume. */
export const volumeSteps: readonly SceneStep[] = [
  { name: 'it runs with a volume, a read-only root, and no capability', play: start },
  { name: 'docker push', play: dockerPush },
  { name: 'oras push', play: orasPush },
  { name: 'SIGTERM to PID 1 ends it in time, with exit code 0', play: stop },
  { name: 'a new container on the volume has everything', play: start },
  { name: 'docker pull gives the same image', play: dockerPull },
  { name: 'oras pull gives the same file', play: orasPull },
]

async function start(scene: Scene): Promise<void> {
  const { docker, host } = scene
  const hardening = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges']
  // The daemon has no bridge: the container is on this machine's network, and listens on loopback only.
  const place = ['--network=host', '--env', `REGISTRY_HTTP_ADDR=${host}`]
  const volume = ['--volume', `${VOLUME}:/var/lib/registry`]
  await docker.run(['run', '--detach', '--name', NAME, ...hardening, ...place, ...volume, IMAGE])
  await eventually('it answers', async () => (await fetch(`http://${host}/readyz`)).ok)
}

async function stop({ docker }: Scene): Promise<void> {
  const started = Date.now()
  await docker.run(['stop', '-t', '20', NAME])
  const seconds = (Date.now() - started) / 1000
  const code = await docker.run(['inspect', '--format', '{{.State.ExitCode}}', NAME])
  const said = await docker.logs(NAME)
  await docker.run(['rm', NAME])
  expectEqual('exit code', code, '0')
  if (seconds > 15 || !said.includes('"msg":"stopped"')) throw new Error(`${seconds} s\n${said}`)
}

export async function removeContainer({ docker }: Scene): Promise<void> {
  await docker.run(['rm', '--force', NAME]).catch(() => undefined)
}

const imageReference = ({ host }: Scene): string => `${host}/conformance/image:v1`

async function dockerPush(scene: Scene): Promise<void> {
  const { docker, folder } = scene
  const content = join(folder, 'content')
  await mkdir(content, { recursive: true })
  await writeFile(join(content, 'file'), PAYLOAD)
  const archive = join(folder, 'content.tar')
  await execute('tar', ['--create', '--file', archive, '--directory', content, '.'])
  await docker.run(['import', archive, imageReference(scene)])
  await docker.run(['push', imageReference(scene)])
}

async function dockerPull(scene: Scene): Promise<void> {
  const { docker } = scene
  const reference = imageReference(scene)
  const before = await docker.run(['inspect', '--format', '{{.Id}}', reference])
  await docker.run(['rmi', reference])
  await docker.run(['pull', reference])
  expectEqual('image', await docker.run(['inspect', '--format', '{{.Id}}', reference]), before)
}

async function orasPush(scene: Scene): Promise<void> {
  await writeFile(join(scene.folder, FILTER), filter)
  const layer = `${FILTER}:${TYPE}`
  await oras(scene, scene.folder, ['push', artifact(scene), layer])
}

async function orasPull(scene: Scene): Promise<void> {
  const into = join(scene.folder, 'pulled')
  await mkdir(into, { recursive: true })
  await oras(scene, into, ['pull', artifact(scene)])
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  expectEqual('file', hash(await readFile(join(into, FILTER))), hash(filter))
}

/** A core module with nothing in it. */
const filter = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])

const artifact = ({ host }: Scene): string => `${host}/conformance/filter:v1`

async function oras(scene: Scene, directory: string, args: readonly string[]): Promise<void> {
  const { path } = await ensureTool('oras')
  const [command = '', ...rest] = args
  const { exitCode, stdout, stderr } = await execute(path, [command, '--plain-http', ...rest], {
    directory,
    environment: environmentOf(join(scene.folder, 'home')),
  })
  if (exitCode !== 0) throw new Error(`oras ${args.join(' ')}: ${stderr}${stdout.toString()}`)
}
