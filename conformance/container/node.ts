import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { Service } from '../service.ts'
import { ensureTool } from '../tools.ts'
import type { ContainerFixture, ContainerStep } from './fixture.ts'

/** The name of the registry in a kind cluster, which a file on each node resolves. */
const NAME_IN_CLUSTER = 'localhost:5001'

/**
 * Steps with containerd as on a kind node, which finds the registry by the hosts.toml of
 * deploy/kind.
 */
export const NODE_STEPS: readonly ContainerStep[] = [
  {
    name: 'containerd pulls the image by hosts.toml, like a kind node',
    async run(fixture) {
      const socket = join(fixture.folder, 'containerd.sock')
      const containerd = await startContainerd(fixture, socket)
      try {
        const hosts = join(fixture.folder, 'certs.d')
        await mkdir(join(hosts, NAME_IN_CLUSTER), { recursive: true })
        const file = join(hosts, NAME_IN_CLUSTER, 'hosts.toml')
        await writeFile(file, `[host."http://${fixture.host}"]\n`)
        const reference = `${NAME_IN_CLUSTER}/conformance/image:v1`
        const unpack = ['--snapshotter', 'native']
        await ctr(socket, ['images', 'pull', ...unpack, '--hosts-dir', hosts, reference])
        const listed = await ctr(socket, ['images', 'list', '--quiet'])
        if (!listed.includes(reference)) throw new Error(listed)
      } finally {
        await containerd.stop()
      }
    },
  },
]

async function startContainerd(
  { folder, results }: ContainerFixture,
  socket: string,
): Promise<Service> {
  const { path: containerd } = await ensureTool('containerd')
  const { path: ctrPath } = await ensureTool('ctr')
  const config = join(folder, 'containerd.toml')
  await writeFile(
    config,
    [
      'version = 2',
      `root = ${JSON.stringify(join(folder, 'containerd-root'))}`,
      `state = ${JSON.stringify(join(folder, 'containerd-state'))}`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
      '[grpc]',
      `address = ${JSON.stringify(socket)}`,
      '',
    ].join('\n'),
  )
  return Service.start({
    name: 'containerd',
    program: containerd,
    args: ['--config', config],
    ready: async () => (await execute(ctrPath, ['-a', socket, 'version'])).exitCode === 0,
    log: join(results, 'containerd.log'),
    directory: folder,
    environment: process.env,
  })
}

async function ctr(socket: string, args: readonly string[]): Promise<string> {
  const { path } = await ensureTool('ctr')
  const { exitCode, stdout, stderr } = await execute(path, ['-a', socket, ...args])
  if (exitCode === 0) return stdout.toString()
  throw new Error(`ctr ${args.join(' ')}: ${stderr}${stdout.toString()}`)
}
