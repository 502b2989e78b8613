import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { blobPath, digestOf, IMAGE_LAYER } from './artifacts.ts'
import type { Client } from './client.ts'
import { expectEqual, expectSameBytes } from '../expect.ts'
import type { ClientRunner } from './client-runner.ts'

const LAYER_FILE = 'layer.tar.gz'

export const crane: Client = {
  name: 'crane',
  tool: 'crane',
  async logIn(runner) {
    const { username, password } = runner.credentials
    const args = ['auth', 'login', '-u', username, '--password-stdin', runner.target.host]
    await runner.run(args, password)
    // `auth login` only stores the credentials, without a request.
    await runner.run(['catalog', ...plain(runner), runner.target.host])
  },
  steps: [
    {
      name: 'push an OCI and a Docker image',
      async run(runner) {
        await writeFile(join(runner.directory, LAYER_FILE), IMAGE_LAYER)
        const append = ['append', ...plain(runner), '--new_layer', LAYER_FILE, '--new_tag']
        await runner.run([...append, original(runner), '--oci-empty-base'])
        await runner.run([...append, dockerImage(runner)])
        await runner.reader.run(['validate', ...plain(runner), '--remote', original(runner)])
        await runner.reader.run(['validate', ...plain(runner), '--remote', dockerImage(runner)])
      },
    },
    {
      name: 'pull the same bytes',
      async run(runner) {
        const pull = ['pull', ...plain(runner), '--format', 'oci']
        await runner.reader.run([...pull, original(runner), 'pulled'])
        await runner.expectFile(join('pulled', blobPath(IMAGE_LAYER)), IMAGE_LAYER)
        const blob = `${runner.repository}@${digestOf(IMAGE_LAYER)}`
        expectSameBytes(await runner.reader.run(['blob', ...plain(runner), blob]), IMAGE_LAYER)
      },
    },
    {
      name: 'tag and list tags',
      async run(runner) {
        await runner.run(['tag', ...plain(runner), original(runner), 'v0.2'])
        const tags = await runner.reader.runForLines(['ls', ...plain(runner), runner.repository])
        expectEqual(tags, ['docker', 'v0.1', 'v0.2'])
      },
    },
    {
      name: 'list repositories',
      async run(runner) {
        runner.expectListed(
          await runner.reader.runForLines(['catalog', ...plain(runner), runner.target.host]),
        )
      },
    },
    {
      name: 'copy between repositories',
      async run(runner) {
        await runner.run(['copy', ...plain(runner), original(runner), copy(runner)])
        expectEqual(await digest(runner, copy(runner)), await digest(runner, original(runner)))
        await runner.reader.run(['validate', ...plain(runner), '--remote', copy(runner)])
      },
    },
    {
      name: 'delete a tag, then the manifest',
      async run(runner) {
        const byDigest = `${runner.repository}@${await digest(runner, original(runner))}`
        await runner.run(['delete', ...plain(runner), `${runner.repository}:v0.2`])
        await runner.reader.expectNotFound([
          'manifest',
          ...plain(runner),
          `${runner.repository}:v0.2`,
        ])
        await runner.reader.run(['manifest', ...plain(runner), byDigest])
        await runner.run(['delete', ...plain(runner), byDigest])
        await runner.reader.expectNotFound(['manifest', ...plain(runner), byDigest])
        await runner.reader.expectNotFound(['manifest', ...plain(runner), original(runner)])
        await runner.reader.run(['validate', ...plain(runner), '--remote', copy(runner)])
      },
    },
  ],
}

function plain(runner: ClientRunner): string[] {
  return runner.onPlainHttp('--insecure')
}

function original(runner: ClientRunner): string {
  return `${runner.repository}:v0.1`
}

function dockerImage(runner: ClientRunner): string {
  return `${runner.repository}:docker`
}

function copy(runner: ClientRunner): string {
  return `${runner.copyRepository}:v0.1`
}

async function digest(runner: ClientRunner, reference: string): Promise<string> {
  return (await runner.reader.run(['digest', ...plain(runner), reference])).toString().trim()
}
