import {
  CONFIG_FILE,
  CONFIG_TYPE,
  digestOf,
  FILTER_FILE,
  FILTER_TYPE,
  RUNTIME_CONFIG,
  WASM_MODULE,
} from './artifacts.ts'
import type { Client } from './client.ts'
import { expectEqual, expectSameBytes } from '../expect.ts'
import type { ClientRunner } from './client-runner.ts'

const NOTE_TYPE = 'application/vnd.example.note'

export const oras: Client = {
  name: 'oras',
  tool: 'oras',
  async logIn(runner) {
    const { username, password } = runner.credentials
    const args = ['login', ...plain(runner), '-u', username, '--password-stdin']
    await runner.run([...args, runner.target.host], password)
  },
  steps: [
    {
      name: 'push',
      async run(runner) {
        const config = ['--config', `${CONFIG_FILE}:${CONFIG_TYPE}`]
        const files = [`${FILTER_FILE}:${FILTER_TYPE}`]
        await runner.run(['push', ...plain(runner), original(runner), ...config, ...files])
      },
    },
    {
      name: 'pull the same bytes',
      async run(runner) {
        await runner.reader.run(['pull', ...plain(runner), '-o', 'pulled', original(runner)])
        await runner.expectFile(`pulled/${FILTER_FILE}`, WASM_MODULE)
        const args = ['manifest', 'fetch-config', ...plain(runner), original(runner)]
        expectSameBytes(await runner.reader.run(args), RUNTIME_CONFIG)
      },
    },
    {
      name: 'tag and list tags',
      async run(runner) {
        await runner.run(['tag', ...plain(runner), original(runner), 'v0.2'])
        const args = ['repo', 'tags', ...plain(runner), runner.repository]
        expectEqual(await runner.reader.runForLines(args), ['v0.1', 'v0.2'])
      },
    },
    {
      name: 'list repositories',
      async run(runner) {
        runner.expectListed(
          await runner.reader.runForLines(['repo', 'ls', ...plain(runner), runner.target.host]),
        )
      },
    },
    {
      name: 'attach and discover',
      async run(runner) {
        const type = ['--artifact-type', NOTE_TYPE]
        const files = [`${CONFIG_FILE}:application/json`]
        await runner.run(['attach', ...plain(runner), ...type, original(runner), ...files])
        expectEqual(await referrerTypes(runner, original(runner)), [NOTE_TYPE])
      },
    },
    {
      name: 'copy between repositories, with referrers',
      async run(runner) {
        const flags = runner.onPlainHttp('--from-plain-http', '--to-plain-http')
        await runner.run(['cp', '--recursive', ...flags, original(runner), copy(runner)])
        await runner.reader.run(['pull', ...plain(runner), '-o', 'pulled-copy', copy(runner)])
        await runner.expectFile(`pulled-copy/${FILTER_FILE}`, WASM_MODULE)
        expectEqual(await referrerTypes(runner, copy(runner)), [NOTE_TYPE])
      },
    },
    {
      name: 'delete a manifest from one repository',
      async run(runner) {
        await runner.run(['manifest', 'delete', '--force', ...plain(runner), copy(runner)])
        await runner.reader.expectNotFound(['manifest', 'fetch', ...plain(runner), copy(runner)])
        await runner.reader.run(['manifest', 'fetch', ...plain(runner), original(runner)])
      },
    },
    {
      name: 'delete a blob from one repository',
      async run(runner) {
        const digest = digestOf(WASM_MODULE)
        const [here, there] = [runner.repository, runner.copyRepository]
        await runner.run(['blob', 'delete', '--force', ...plain(runner), `${there}@${digest}`])
        const fetch = ['blob', 'fetch', '--output', '-', ...plain(runner)]
        await runner.reader.expectNotFound([...fetch, `${there}@${digest}`])
        expectSameBytes(await runner.reader.run([...fetch, `${here}@${digest}`]), WASM_MODULE)
      },
    },
  ],
}

function plain(runner: ClientRunner): string[] {
  return runner.onPlainHttp('--plain-http')
}

function original(runner: ClientRunner): string {
  return `${runner.repository}:v0.1`
}

function copy(runner: ClientRunner): string {
  return `${runner.copyRepository}:v0.1`
}

async function referrerTypes(runner: ClientRunner, reference: string): Promise<string[]> {
  const args = ['discover', ...plain(runner), '--format', 'json', reference]
  const { referrers } = JSON.parse((await runner.reader.run(args)).toString()) as {
    referrers?: { artifactType: string }[]
  }
  return (referrers ?? []).map(({ artifactType }) => artifactType)
}
