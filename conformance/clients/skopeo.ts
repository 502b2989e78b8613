import { join } from 'node:path'
import { blobPath, imageLayer, writeImageLayout } from './artifacts.ts'
import type { Client } from './round.ts'
import { expectEqual, type Session } from './session.ts'

export const skopeo: Client = {
  name: 'skopeo',
  tool: 'skopeo',
  async logIn(session) {
    const { username, password } = session.credentials
    const args = ['login', ...tls(session), '-u', username, '--password-stdin']
    await session.run([...args, session.target.host], password)
  },
  steps: [
    {
      name: 'push, as OCI and as Docker image',
      async run(session) {
        await writeImageLayout(join(session.directory, 'image'), 'v0.1')
        await copyImage(session, 'oci:image:v0.1', original(session))
        const docker = `docker://${session.repository}:docker`
        await copyImage(session, 'oci:image:v0.1', docker, '--format', 'v2s2')
        const manifest = (
          await session.reader.run(['inspect', '--raw', ...tls(session), docker])
        ).toString()
        const { mediaType } = JSON.parse(manifest) as { mediaType: string }
        expectEqual(mediaType, 'application/vnd.docker.distribution.manifest.v2+json')
      },
    },
    {
      name: 'pull, bytes equal',
      async run(session) {
        await copyImage(session.reader, original(session), 'oci:pulled:v0.1')
        await session.expectFile(join('pulled', blobPath(imageLayer)), imageLayer)
      },
    },
    {
      name: 'inspect and list tags',
      async run(session) {
        await session.reader.run(['inspect', ...tls(session), original(session)])
        const args = ['list-tags', ...tls(session), `docker://${session.repository}`]
        const { Tags: tags } = JSON.parse((await session.reader.run(args)).toString()) as {
          Tags: string[]
        }
        expectEqual(tags, ['docker', 'v0.1'])
      },
    },
    {
      name: 'copy between repositories',
      async run(session) {
        await copyImage(session, original(session), copy(session))
        expectEqual(await digest(session, copy(session)), await digest(session, original(session)))
      },
    },
    {
      name: 'delete, and only there',
      async run(session) {
        await session.run(['delete', ...tls(session), copy(session)])
        await session.reader.expectNotFound(['inspect', ...tls(session), copy(session)])
        await session.reader.run(['inspect', ...tls(session), original(session)])
      },
    },
  ],
}

function tls(session: Session): string[] {
  return session.onPlainHttp('--tls-verify=false')
}

function original(session: Session): string {
  return `docker://${session.repository}:v0.1`
}

function copy(session: Session): string {
  return `docker://${session.copyRepository}:v0.1`
}

async function copyImage(session: Session, from: string, to: string, ...more: string[]) {
  const flags = session.onPlainHttp('--src-tls-verify=false', '--dest-tls-verify=false')
  // Which signatures a machine asks for is its owner's business, not this round's.
  await session.run(['--insecure-policy', 'copy', ...flags, ...more, from, to])
}

async function digest(session: Session, reference: string): Promise<string> {
  const args = ['inspect', '--format', '{{.Digest}}', ...tls(session), reference]
  return (await session.reader.run(args)).toString().trim()
}
