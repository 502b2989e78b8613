import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repositoryRoot } from '../server.ts'
import { importBase } from './base.ts'
import { ask, eventually, expectEqual, IMAGE, type SceneStep, withContainer } from './scene.ts'

const BASE = 'wasmoor-base:conformance'
/** In a network of its own the port of the image is free, whatever runs on this machine. */
const ALONE = ['--network=none']

const DISTRIBUTION = `version: 0.1
storage:
  filesystem: { rootdirectory: /var/lib/registry }
http:
  addr: :5000
  headers: { X-Content-Type-Options: [nosniff] }
`

/** The image is built, holds what it should and nothing else, and serves without being told anything. */
export function imageSteps(base: string | undefined): readonly SceneStep[] {
  return [
    {
      name: 'the image is built',
      async play({ docker, folder }) {
        if (base === undefined) await importBase(docker, folder, BASE)
        const build = ['build', '--network=host', '--build-arg', `BASE=${base ?? BASE}`]
        await docker.run([...build, '--tag', IMAGE, repositoryRoot])
      },
    },
    {
      name: 'it says what others rely on: port, volume, user, health check',
      async play({ docker }) {
        const config = JSON.parse(
          await docker.run(['inspect', '--format', '{{json .Config}}', IMAGE]),
        ) as Record<string, unknown>
        expectEqual('ports', config['ExposedPorts'], { '5000/tcp': {} })
        expectEqual('volumes', config['Volumes'], { '/var/lib/registry': {} })
        expectEqual('user', config['User'], '65532:65532')
        expectEqual('entry point', config['Entrypoint'], ['wasmoor'])
        expectEqual('command', config['Cmd'], ['serve'])
        if (!config['Healthcheck']) throw new Error('no health check')
      },
    },
    {
      name: 'it holds only what runs',
      async play({ docker }) {
        const find = 'find /usr/lib/wasmoor -path "*/node_modules" -prune -o -type f -print'
        const shell = (line: string) =>
          docker.run(['run', '--rm', ...ALONE, '--entrypoint', 'sh', IMAGE, '-c', line])
        const files = (await shell(find)).split('\n')
        const strange = files.filter((file) => /\.tsx?$|\.map$|\/test\/|\/conformance\//.test(file))
        expectEqual('files that do not run', strange, [])
        const absent = 'cd /usr/lib/wasmoor/node_modules && ls -d typescript vite oxlint 2>&1'
        const found = (await shell(`${absent} || true`)).split('\n')
        expectEqual(
          'developers’ packages',
          found.filter((line) => !line.includes('cannot')),
          [],
        )
      },
    },
    {
      name: 'without any setting it serves 0.0.0.0:5000, answers / and /v2/, and is healthy',
      async play(scene) {
        await withContainer(scene, [...ALONE, '--health-interval=1s', IMAGE], async (container) => {
          await eventually('it is healthy', async () => {
            const format = '{{.State.Health.Status}}'
            return (
              (await scene.docker.run(['inspect', '--format', format, container])) === 'healthy'
            )
          })
          for (const path of ['/', '/v2/']) {
            const answer = await ask(scene, container, path)
            if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(answer)
            if (!/^Docker-Distribution-Api-Version: registry\/2\.0\r?$/m.test(answer))
              throw new Error(answer)
          }
          const open = await scene.docker.run(['exec', container, 'cat', '/proc/net/tcp'])
          // 0.0.0.0:5000 in hexadecimal, in the state of listening.
          if (!/ 00000000:1388 \S+ 0A /.test(open)) throw new Error(open)
        })
      },
    },
    ...[
      ['serve', '/etc/docker/registry/config.yml'],
      ['/etc/docker/registry/config.yml'],
      ['serve', '/etc/distribution/config.yml'],
      [],
    ].map((args): SceneStep => ({
      name: `a configuration of distribution is taken: ${args.join(' ') || 'no arguments'}`,
      async play(scene) {
        const file = join(scene.folder, 'distribution.yml')
        await writeFile(file, DISTRIBUTION, { mode: 0o644 })
        const mounts = ['--volume', `${file}:/etc/docker/registry/config.yml:ro`]
        await withContainer(scene, [...ALONE, ...mounts, IMAGE, ...args], async (container) => {
          await eventually('it answers', async () => {
            return (await ask(scene, container, '/v2/')).startsWith('HTTP/1.1 200 ')
          })
          // Of that file alone it knows that nothing may be deleted.
          const shown = await scene.docker.run([
            'exec',
            container,
            'wasmoor',
            'config',
            '/etc/distribution/config.yml',
          ])
          if (!/delete:\n {2}enabled: false/.test(shown)) throw new Error(shown)
        })
      },
    })),
    {
      name: 'what decides who may enter, and is not understood, stops the start',
      async play(scene) {
        const auth = ['--env', 'REGISTRY_AUTH=token']
        const container = await scene.docker.run(['run', '--detach', ...ALONE, ...auth, IMAGE])
        expectEqual('exit code', await scene.docker.run(['wait', container]), '1')
        const said = await scene.docker.logs(container)
        await scene.docker.run(['rm', container])
        if (!/REGISTRY_AUTH.*who may enter/.test(said)) throw new Error(said)
      },
    },
  ]
}
