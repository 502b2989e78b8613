import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { blobPath, digestOf, imageLayer } from './artifacts.ts'
import type { Client } from './round.ts'
import { expectEqual, expectSameBytes, type Session } from './session.ts'

const layerFile = 'layer.tar.gz'

export const crane: Client = {
  name: 'crane',
  tool: 'crane',
  async logIn(session) {
    const { username, password } = session.credentials
    const args = ['auth', 'login', '-u', username, '--password-stdin', session.target.host]
    await session.run(args, password)
    // The login itself asks the registry nothing.
    await session.run(['catalog', ...plain(session), session.target.host])
  },
  steps: [
    {
      name: 'push, as OCI and as Docker image',
      async run(session) {
        await writeFile(join(session.directory, layerFile), imageLayer)
        const append = ['append', ...plain(session), '--new_layer', layerFile, '--new_tag']
        await session.run([...append, original(session), '--oci-empty-base'])
        await session.run([...append, dockerImage(session)])
        await session.reader.run(['validate', ...plain(session), '--remote', original(session)])
        await session.reader.run(['validate', ...plain(session), '--remote', dockerImage(session)])
      },
    },
    {
      name: 'pull, bytes equal',
      async run(session) {
        const pull = ['pull', ...plain(session), '--format', 'oci']
        await session.reader.run([...pull, original(session), 'pulled'])
        await session.expectFile(join('pulled', blobPath(imageLayer)), imageLayer)
        const blob = `${session.repository}@${digestOf(imageLayer)}`
        expectSameBytes(await session.reader.run(['blob', ...plain(session), blob]), imageLayer)
      },
    },
    {
      name: 'tag and list tags',
      async run(session) {
        await session.run(['tag', ...plain(session), original(session), 'v0.2'])
        const tags = await session.reader.runForLines(['ls', ...plain(session), session.repository])
        expectEqual(tags, ['docker', 'v0.1', 'v0.2'])
      },
    },
    {
      name: 'list repositories',
      async run(session) {
        session.expectListed(
          await session.reader.runForLines(['catalog', ...plain(session), session.target.host]),
        )
      },
    },
    {
      name: 'copy between repositories',
      async run(session) {
        await session.run(['copy', ...plain(session), original(session), copy(session)])
        expectEqual(await digest(session, copy(session)), await digest(session, original(session)))
        await session.reader.run(['validate', ...plain(session), '--remote', copy(session)])
      },
    },
    {
      name: 'delete a tag, then the manifest',
      async run(session) {
        const byDigest = `${session.repository}@${await digest(session, original(session))}`
        await session.run(['delete', ...plain(session), `${session.repository}:v0.2`])
        await session.reader.expectNotFound([
          'manifest',
          ...plain(session),
          `${session.repository}:v0.2`,
        ])
        await session.reader.run(['manifest', ...plain(session), byDigest])
        await session.run(['delete', ...plain(session), byDigest])
        await session.reader.expectNotFound(['manifest', ...plain(session), byDigest])
        await session.reader.expectNotFound(['manifest', ...plain(session), original(session)])
        await session.reader.run(['validate', ...plain(session), '--remote', copy(session)])
      },
    },
  ],
}

function plain(session: Session): string[] {
  return session.onPlainHttp('--insecure')
}

function original(session: Session): string {
  return `${session.repository}:v0.1`
}

function dockerImage(session: Session): string {
  return `${session.repository}:docker`
}

function copy(session: Session): string {
  return `${session.copyRepository}:v0.1`
}

async function digest(session: Session, reference: string): Promise<string> {
  return (await session.reader.run(['digest', ...plain(session), reference])).toString().trim()
}
