import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { REPOSITORY_ROOT } from '../server.ts'
import { importBase } from './base.ts'
import { expectEqual } from '../expect.ts'
import { getInside, eventually, IMAGE, type ContainerStep, withContainer } from './fixture.ts'

const BASE = 'wasmoor-base:conformance'
/** Without the network of this machine, the port of the image is always free. */
const ALONE = ['--network=none']

const DISTRIBUTION = `version: 0.1
storage:
  filesystem: { rootdirectory: /var/lib/registry }
http:
  addr: :5000
  headers: { X-Content-Type-Options: [nosniff] }
`

/** Steps that build the image, and check its content, configuration and defaults. */
export function imageSteps(base: string | undefined): readonly ContainerStep[] {
  return [
    {
      name: 'build the image',
      async run({ docker, folder }) {
        if (base === undefined) await importBase(docker, folder, BASE)
        const build = ['build', '--network=host', '--build-arg', `BASE=${base ?? BASE}`]
        await docker.run([...build, '--tag', IMAGE, REPOSITORY_ROOT])
      },
    },
    {
      name: 'the image declares its port, volume, user and health check',
      async run({ docker }) {
        const config = JSON.parse(
          await docker.run(['inspect', '--format', '{{json .Config}}', IMAGE]),
        ) as Record<string, unknown>
        expectEqual(config['ExposedPorts'], { '5000/tcp': {} }, 'ports')
        expectEqual(config['Volumes'], { '/var/lib/registry': {} }, 'volumes')
        expectEqual(config['User'], '65532:65532', 'user')
        expectEqual(config['Entrypoint'], ['wasmoor'], 'entry point')
        expectEqual(config['Cmd'], ['serve'], 'command')
        if (!config['Healthcheck']) throw new Error('no health check')
      },
    },
    {
      name: 'the image holds only files that run',
      async run({ docker }) {
        const find = 'find /usr/lib/wasmoor -path "*/node_modules" -prune -o -type f -print'
        const shell = (line: string) =>
          docker.run(['run', '--rm', ...ALONE, '--entrypoint', 'sh', IMAGE, '-c', line])
        const files = (await shell(find)).split('\n')
        const strange = files.filter((file) => /\.tsx?$|\.map$|\/test\/|\/conformance\//.test(file))
        expectEqual(strange, [], 'files that do not run')
        const absent = 'cd /usr/lib/wasmoor/node_modules && ls -d typescript vite oxlint 2>&1'
        const found = (await shell(`${absent} || true`)).split('\n')
        expectEqual(
          found.filter((line) => !line.includes('cannot')),
          [],
          'developers’ packages',
        )
      },
    },
    {
      name: 'without settings the container serves 0.0.0.0:5000, answers / and /v2/, and is healthy',
      async run(fixture) {
        await withContainer(
          fixture,
          [...ALONE, '--health-interval=1s', IMAGE],
          async (container) => {
            await eventually('it is healthy', async () => {
              const format = '{{.State.Health.Status}}'
              return (
                (await fixture.docker.run(['inspect', '--format', format, container])) === 'healthy'
              )
            })
            for (const path of ['/', '/v2/']) {
              const answer = await getInside(fixture, container, path)
              if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(answer)
              if (!/^Docker-Distribution-Api-Version: registry\/2\.0\r?$/m.test(answer))
                throw new Error(answer)
            }
            const open = await fixture.docker.run(['exec', container, 'cat', '/proc/net/tcp'])
            // 0.0.0.0:5000 in hexadecimal, in the state LISTEN (0A).
            if (!/ 00000000:1388 \S+ 0A /.test(open)) throw new Error(open)
          },
        )
      },
    },
    ...[
      ['serve', '/etc/docker/registry/config.yml'],
      ['/etc/docker/registry/config.yml'],
      ['serve', '/etc/distribution/config.yml'],
      [],
    ].map((args): ContainerStep => ({
      name: `the container reads a configuration of distribution: ${args.join(' ') || 'no arguments'}`,
      async run(fixture) {
        const file = join(fixture.folder, 'distribution.yml')
        await writeFile(file, DISTRIBUTION, { mode: 0o644 })
        const mounts = ['--volume', `${file}:/etc/docker/registry/config.yml:ro`]
        await withContainer(fixture, [...ALONE, ...mounts, IMAGE, ...args], async (container) => {
          await eventually('it answers', async () => {
            return (await getInside(fixture, container, '/v2/')).startsWith('HTTP/1.1 200 ')
          })
          // Only that file disables deletes.
          const shown = await fixture.docker.run([
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
      name: 'an unsupported authentication setting stops the start',
      async run(fixture) {
        const auth = ['--env', 'REGISTRY_AUTH=token']
        const container = await fixture.docker.run(['run', '--detach', ...ALONE, ...auth, IMAGE])
        expectEqual(await fixture.docker.run(['wait', container]), '1', 'exit code')
        const output = await fixture.docker.logs(container)
        await fixture.docker.run(['rm', container])
        if (!/REGISTRY_AUTH.*who has access/.test(output)) throw new Error(output)
      },
    },
  ]
}
