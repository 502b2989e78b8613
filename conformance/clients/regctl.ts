import {
  configFile,
  configType,
  filterFile,
  filterType,
  runtimeConfig,
  wasmModule,
} from './artifacts.ts'
import type { Client } from './round.ts'
import { expectEqual, expectSameBytes, type Session } from './session.ts'

const noteType = 'application/vnd.example.note'

export const regctl: Client = {
  name: 'regctl',
  tool: 'regctl',
  async setUp(session) {
    // Pieces far smaller than the module, because no other client here uploads in pieces.
    const pieces = ['--blob-chunk', '65536', '--blob-max', '65536']
    const tls = session.onPlainHttp('--tls', 'disabled')
    const { host } = session.target
    await session.run(['registry', 'set', '--skip-check', ...tls, ...pieces, host])
  },
  async logIn(session) {
    const { username, password } = session.credentials
    const args = ['registry', 'login', session.target.host, '-u', username, '--pass-stdin']
    await session.run(args, password)
  },
  steps: [
    {
      name: 'push in pieces',
      async run(session) {
        const config = ['--config-file', configFile, '--config-type', configType]
        const file = ['--file', filterFile, '--file-media-type', filterType, '--file-title']
        await session.run(['artifact', 'put', ...config, ...file, original(session)])
      },
    },
    {
      name: 'pull, bytes equal',
      async run(session) {
        expectSameBytes(
          await session.reader.run(['artifact', 'get', original(session)]),
          wasmModule,
        )
        const config = await session.reader.run(['artifact', 'get', '--config', original(session)])
        expectSameBytes(config, runtimeConfig)
      },
    },
    {
      name: 'list tags',
      async run(session) {
        await session.run(['image', 'copy', original(session), `${session.repository}:v0.2`])
        expectEqual(await session.reader.runForLines(['tag', 'ls', session.repository]), [
          'v0.1',
          'v0.2',
        ])
      },
    },
    {
      name: 'list repositories',
      async run(session) {
        session.expectListed(await session.reader.runForLines(['repo', 'ls', session.target.host]))
      },
    },
    {
      name: 'attach and discover',
      async run(session) {
        const file = ['--file', configFile, '--file-media-type', 'application/json']
        const subject = ['--artifact-type', noteType, '--subject', original(session)]
        await session.run(['artifact', 'put', ...file, ...subject])
        expectEqual(await referrerTypes(session, original(session)), [noteType])
        const get = ['artifact', 'get', '--filter-artifact-type', noteType]
        const note = await session.reader.run([...get, '--subject', original(session)])
        expectSameBytes(note, runtimeConfig)
      },
    },
    {
      name: 'copy between repositories, referrers too',
      async run(session) {
        await session.run(['image', 'copy', '--referrers', original(session), copy(session)])
        expectSameBytes(await session.reader.run(['artifact', 'get', copy(session)]), wasmModule)
        expectEqual(await referrerTypes(session, copy(session)), [noteType])
      },
    },
    {
      name: 'delete a tag, then the manifest',
      async run(session) {
        const head = await session.reader.run(['manifest', 'head', original(session)])
        const byDigest = `${session.repository}@${head.toString().trim()}`
        await session.run(['tag', 'delete', `${session.repository}:v0.2`])
        await session.reader.expectNotFound(['manifest', 'head', `${session.repository}:v0.2`])
        await session.reader.run(['manifest', 'head', byDigest])
        await session.run(['manifest', 'delete', byDigest])
        await session.reader.expectNotFound(['manifest', 'head', byDigest])
        await session.reader.expectNotFound(['manifest', 'head', original(session)])
        await session.reader.run(['manifest', 'head', copy(session)])
      },
    },
  ],
}

function original(session: Session): string {
  return `${session.repository}:v0.1`
}

function copy(session: Session): string {
  return `${session.copyRepository}:v0.1`
}

function referrerTypes(session: Session, reference: string): Promise<string[]> {
  const format = '{{range .Descriptors}}{{println .ArtifactType}}{{end}}'
  return session.reader.runForLines(['artifact', 'list', '--format', format, reference])
}
