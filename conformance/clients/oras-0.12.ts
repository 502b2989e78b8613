import {
  configFile,
  configType,
  filterFile,
  filterType,
  runtimeConfig,
  wasmModule,
} from './artifacts.ts'
import type { Client } from './round.ts'
import type { Session } from './session.ts'

/**
 * The oras of 2021, which the guides to Wasm filters in a service mesh are written for. It can
 * neither list, copy, attach nor delete. Its manifest has no `mediaType` field.
 */
export const oras012: Client = {
  name: 'oras 0.12',
  tool: 'oras-0.12',
  async logIn(session) {
    const { username, password } = session.credentials
    const args = ['login', '-u', username, '--password-stdin', session.target.host]
    await session.run(args, password)
  },
  steps: [
    {
      name: 'push with --manifest-config',
      async run(session) {
        await session.run([
          'push',
          ...plain(session),
          reference(session),
          '--manifest-config',
          `${configFile}:${configType}`,
          `${filterFile}:${filterType}`,
        ])
      },
    },
    {
      name: 'pull, bytes equal',
      async run(session) {
        // Without --media-type this version downloads nothing, and calls that a success.
        const types = [
          '--media-type',
          filterType,
          '--manifest-config',
          `${configFile}:${configType}`,
        ]
        const args = ['pull', ...plain(session), '-o', 'pulled', ...types, reference(session)]
        await session.reader.run(args)
        await session.expectFile(`pulled/${filterFile}`, wasmModule)
        await session.expectFile(`pulled/${configFile}`, runtimeConfig)
      },
    },
    {
      name: 'push the same again',
      async run(session) {
        const files = [
          '--manifest-config',
          `${configFile}:${configType}`,
          `${filterFile}:${filterType}`,
        ]
        await session.run(['push', ...plain(session), reference(session), ...files])
      },
    },
    {
      name: 'unknown tag is not found',
      async run(session) {
        const args = ['pull', ...plain(session), '--media-type', filterType]
        await session.reader.expectNotFound([...args, `${session.repository}:v9`])
      },
    },
  ],
}

function plain(session: Session): string[] {
  return session.onPlainHttp('--plain-http')
}

function reference(session: Session): string {
  return `${session.repository}:v0.1`
}
