import {
  CONFIG_FILE,
  CONFIG_TYPE,
  FILTER_FILE,
  FILTER_TYPE,
  RUNTIME_CONFIG,
  WASM_MODULE,
} from './artifacts.ts'
import type { Client } from './client.ts'
import { expectEqual, expectSameBytes } from '../expect.ts'
import type { ClientRunner } from './client-runner.ts'

const NOTE_TYPE = 'application/vnd.example.note'

export const regctl: Client = {
  name: 'regctl',
  tool: 'regctl',
  async setUp(runner) {
    // Chunks far smaller than the module, because no other client here uploads in chunks.
    const chunks = ['--blob-chunk', '65536', '--blob-max', '65536']
    const tls = runner.onPlainHttp('--tls', 'disabled')
    const { host } = runner.target
    await runner.run(['registry', 'set', '--skip-check', ...tls, ...chunks, host])
  },
  async logIn(runner) {
    const { username, password } = runner.credentials
    const args = ['registry', 'login', runner.target.host, '-u', username, '--pass-stdin']
    await runner.run(args, password)
  },
  steps: [
    {
      name: 'push in chunks',
      async run(runner) {
        const config = ['--config-file', CONFIG_FILE, '--config-type', CONFIG_TYPE]
        const file = ['--file', FILTER_FILE, '--file-media-type', FILTER_TYPE, '--file-title']
        await runner.run(['artifact', 'put', ...config, ...file, original(runner)])
      },
    },
    {
      name: 'pull the same bytes',
      async run(runner) {
        expectSameBytes(await runner.reader.run(['artifact', 'get', original(runner)]), WASM_MODULE)
        const config = await runner.reader.run(['artifact', 'get', '--config', original(runner)])
        expectSameBytes(config, RUNTIME_CONFIG)
      },
    },
    {
      name: 'list tags',
      async run(runner) {
        await runner.run(['image', 'copy', original(runner), `${runner.repository}:v0.2`])
        expectEqual(await runner.reader.runForLines(['tag', 'ls', runner.repository]), [
          'v0.1',
          'v0.2',
        ])
      },
    },
    {
      name: 'list repositories',
      async run(runner) {
        runner.expectListed(await runner.reader.runForLines(['repo', 'ls', runner.target.host]))
      },
    },
    {
      name: 'attach and discover',
      async run(runner) {
        const file = ['--file', CONFIG_FILE, '--file-media-type', 'application/json']
        const subject = ['--artifact-type', NOTE_TYPE, '--subject', original(runner)]
        await runner.run(['artifact', 'put', ...file, ...subject])
        expectEqual(await referrerTypes(runner, original(runner)), [NOTE_TYPE])
        const get = ['artifact', 'get', '--filter-artifact-type', NOTE_TYPE]
        const note = await runner.reader.run([...get, '--subject', original(runner)])
        expectSameBytes(note, RUNTIME_CONFIG)
      },
    },
    {
      name: 'copy between repositories, with referrers',
      async run(runner) {
        await runner.run(['image', 'copy', '--referrers', original(runner), copy(runner)])
        expectSameBytes(await runner.reader.run(['artifact', 'get', copy(runner)]), WASM_MODULE)
        expectEqual(await referrerTypes(runner, copy(runner)), [NOTE_TYPE])
      },
    },
    {
      name: 'delete a tag, then the manifest',
      async run(runner) {
        const head = await runner.reader.run(['manifest', 'head', original(runner)])
        const byDigest = `${runner.repository}@${head.toString().trim()}`
        await runner.run(['tag', 'delete', `${runner.repository}:v0.2`])
        await runner.reader.expectNotFound(['manifest', 'head', `${runner.repository}:v0.2`])
        await runner.reader.run(['manifest', 'head', byDigest])
        await runner.run(['manifest', 'delete', byDigest])
        await runner.reader.expectNotFound(['manifest', 'head', byDigest])
        await runner.reader.expectNotFound(['manifest', 'head', original(runner)])
        await runner.reader.run(['manifest', 'head', copy(runner)])
      },
    },
  ],
}

function original(runner: ClientRunner): string {
  return `${runner.repository}:v0.1`
}

function copy(runner: ClientRunner): string {
  return `${runner.copyRepository}:v0.1`
}

function referrerTypes(runner: ClientRunner, reference: string): Promise<string[]> {
  const format = '{{range .Descriptors}}{{println .ArtifactType}}{{end}}'
  return runner.reader.runForLines(['artifact', 'list', '--format', format, reference])
}
