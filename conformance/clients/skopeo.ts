import { join } from 'node:path'
import { blobPath, IMAGE_LAYER, writeImageLayout } from './artifacts.ts'
import type { Client } from './client.ts'
import { expectEqual } from '../expect.ts'
import type { ClientRunner } from './client-runner.ts'

export const skopeo: Client = {
  name: 'skopeo',
  tool: 'skopeo',
  async logIn(runner) {
    const { username, password } = runner.credentials
    const args = ['login', ...tls(runner), '-u', username, '--password-stdin']
    await runner.run([...args, runner.target.host], password)
  },
  steps: [
    {
      name: 'push an OCI and a Docker image',
      async run(runner) {
        await writeImageLayout(join(runner.directory, 'image'), 'v0.1')
        await copyImage(runner, 'oci:image:v0.1', original(runner))
        const docker = `docker://${runner.repository}:docker`
        await copyImage(runner, 'oci:image:v0.1', docker, '--format', 'v2s2')
        const manifest = (
          await runner.reader.run(['inspect', '--raw', ...tls(runner), docker])
        ).toString()
        const { mediaType } = JSON.parse(manifest) as { mediaType: string }
        expectEqual(mediaType, 'application/vnd.docker.distribution.manifest.v2+json')
      },
    },
    {
      name: 'pull the same bytes',
      async run(runner) {
        await copyImage(runner.reader, original(runner), 'oci:pulled:v0.1')
        await runner.expectFile(join('pulled', blobPath(IMAGE_LAYER)), IMAGE_LAYER)
      },
    },
    {
      name: 'inspect and list tags',
      async run(runner) {
        await runner.reader.run(['inspect', ...tls(runner), original(runner)])
        const args = ['list-tags', ...tls(runner), `docker://${runner.repository}`]
        const { Tags: tags } = JSON.parse((await runner.reader.run(args)).toString()) as {
          Tags: string[]
        }
        expectEqual(tags, ['docker', 'v0.1'])
      },
    },
    {
      name: 'copy between repositories',
      async run(runner) {
        await copyImage(runner, original(runner), copy(runner))
        expectEqual(await digest(runner, copy(runner)), await digest(runner, original(runner)))
      },
    },
    {
      name: 'delete from one repository',
      async run(runner) {
        await runner.run(['delete', ...tls(runner), copy(runner)])
        await runner.reader.expectNotFound(['inspect', ...tls(runner), copy(runner)])
        await runner.reader.run(['inspect', ...tls(runner), original(runner)])
      },
    },
  ],
}

function tls(runner: ClientRunner): string[] {
  return runner.onPlainHttp('--tls-verify=false')
}

function original(runner: ClientRunner): string {
  return `docker://${runner.repository}:v0.1`
}

function copy(runner: ClientRunner): string {
  return `docker://${runner.copyRepository}:v0.1`
}

async function copyImage(runner: ClientRunner, from: string, to: string, ...more: string[]) {
  const flags = runner.onPlainHttp('--src-tls-verify=false', '--dest-tls-verify=false')
  // The signature policy of this machine must not change the result.
  await runner.run(['--insecure-policy', 'copy', ...flags, ...more, from, to])
}

async function digest(runner: ClientRunner, reference: string): Promise<string> {
  const args = ['inspect', '--format', '{{.Digest}}', ...tls(runner), reference]
  return (await runner.reader.run(args)).toString().trim()
}
