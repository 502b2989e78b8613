import {
  configFile,
  configType,
  digestOf,
  filterFile,
  filterType,
  runtimeConfig,
  wasmModule,
} from './artifacts.ts'
import type { Client } from './round.ts'
import { expectEqual, expectSameBytes, type Session } from './session.ts'

const noteType = 'application/vnd.example.note'

export const oras: Client = {
  name: 'oras',
  tool: 'oras',
  async logIn(session) {
    const { username, password } = session.credentials
    const args = ['login', ...plain(session), '-u', username, '--password-stdin']
    await session.run([...args, session.target.host], password)
  },
  steps: [
    {
      name: 'push',
      async run(session) {
        const config = ['--config', `${configFile}:${configType}`]
        const files = [`${filterFile}:${filterType}`]
        await session.run(['push', ...plain(session), original(session), ...config, ...files])
      },
    },
    {
      name: 'pull, bytes equal',
      async run(session) {
        await session.reader.run(['pull', ...plain(session), '-o', 'pulled', original(session)])
        await session.expectFile(`pulled/${filterFile}`, wasmModule)
        const args = ['manifest', 'fetch-config', ...plain(session), original(session)]
        expectSameBytes(await session.reader.run(args), runtimeConfig)
      },
    },
    {
      name: 'tag and list tags',
      async run(session) {
        await session.run(['tag', ...plain(session), original(session), 'v0.2'])
        const args = ['repo', 'tags', ...plain(session), session.repository]
        expectEqual(await session.reader.runForLines(args), ['v0.1', 'v0.2'])
      },
    },
    {
      name: 'list repositories',
      async run(session) {
        session.expectListed(
          await session.reader.runForLines(['repo', 'ls', ...plain(session), session.target.host]),
        )
      },
    },
    {
      name: 'attach and discover',
      async run(session) {
        const type = ['--artifact-type', noteType]
        const files = [`${configFile}:application/json`]
        await session.run(['attach', ...plain(session), ...type, original(session), ...files])
        expectEqual(await referrerTypes(session, original(session)), [noteType])
      },
    },
    {
      name: 'copy between repositories, referrers too',
      async run(session) {
        const flags = session.onPlainHttp('--from-plain-http', '--to-plain-http')
        await session.run(['cp', '--recursive', ...flags, original(session), copy(session)])
        await session.reader.run(['pull', ...plain(session), '-o', 'pulled-copy', copy(session)])
        await session.expectFile(`pulled-copy/${filterFile}`, wasmModule)
        expectEqual(await referrerTypes(session, copy(session)), [noteType])
      },
    },
    {
      name: 'delete a manifest, and only there',
      async run(session) {
        await session.run(['manifest', 'delete', '--force', ...plain(session), copy(session)])
        await session.reader.expectNotFound(['manifest', 'fetch', ...plain(session), copy(session)])
        await session.reader.run(['manifest', 'fetch', ...plain(session), original(session)])
      },
    },
    {
      name: 'delete a blob, and only there',
      async run(session) {
        const digest = digestOf(wasmModule)
        const [here, there] = [session.repository, session.copyRepository]
        await session.run(['blob', 'delete', '--force', ...plain(session), `${there}@${digest}`])
        const fetch = ['blob', 'fetch', '--output', '-', ...plain(session)]
        await session.reader.expectNotFound([...fetch, `${there}@${digest}`])
        expectSameBytes(await session.reader.run([...fetch, `${here}@${digest}`]), wasmModule)
      },
    },
  ],
}

function plain(session: Session): string[] {
  return session.onPlainHttp('--plain-http')
}

function original(session: Session): string {
  return `${session.repository}:v0.1`
}

function copy(session: Session): string {
  return `${session.copyRepository}:v0.1`
}

async function referrerTypes(session: Session, reference: string): Promise<string[]> {
  const args = ['discover', ...plain(session), '--format', 'json', reference]
  const { referrers } = JSON.parse((await session.reader.run(args)).toString()) as {
    referrers?: { artifactType: string }[]
  }
  return (referrers ?? []).map(({ artifactType }) => artifactType)
}
