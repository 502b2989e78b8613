import {
  CONFIG_FILE,
  CONFIG_TYPE,
  FILTER_FILE,
  FILTER_TYPE,
  RUNTIME_CONFIG,
  WASM_MODULE,
} from './artifacts.ts'
import type { Client } from './client.ts'
import type { ClientRunner } from './client-runner.ts'

/**
 * oras of 2021, which guides to Wasm filters in a service mesh still use. It cannot list, copy,
 * attach or delete, and its manifests have no `mediaType`.
 */
export const oras012: Client = {
  name: 'oras 0.12',
  tool: 'oras-0.12',
  async logIn(runner) {
    const { username, password } = runner.credentials
    const args = ['login', '-u', username, '--password-stdin', runner.target.host]
    await runner.run(args, password)
  },
  steps: [
    {
      name: 'push with --manifest-config',
      async run(runner) {
        await runner.run([
          'push',
          ...plain(runner),
          reference(runner),
          '--manifest-config',
          `${CONFIG_FILE}:${CONFIG_TYPE}`,
          `${FILTER_FILE}:${FILTER_TYPE}`,
        ])
      },
    },
    {
      name: 'pull the same bytes',
      async run(runner) {
        // Without --media-type this version downloads nothing, and exits with 0.
        const types = [
          '--media-type',
          FILTER_TYPE,
          '--manifest-config',
          `${CONFIG_FILE}:${CONFIG_TYPE}`,
        ]
        const args = ['pull', ...plain(runner), '-o', 'pulled', ...types, reference(runner)]
        await runner.reader.run(args)
        await runner.expectFile(`pulled/${FILTER_FILE}`, WASM_MODULE)
        await runner.expectFile(`pulled/${CONFIG_FILE}`, RUNTIME_CONFIG)
      },
    },
    {
      name: 'push the same artifact again',
      async run(runner) {
        const files = [
          '--manifest-config',
          `${CONFIG_FILE}:${CONFIG_TYPE}`,
          `${FILTER_FILE}:${FILTER_TYPE}`,
        ]
        await runner.run(['push', ...plain(runner), reference(runner), ...files])
      },
    },
    {
      name: 'report an unknown tag as not found',
      async run(runner) {
        const args = ['pull', ...plain(runner), '--media-type', FILTER_TYPE]
        await runner.reader.expectNotFound([...args, `${runner.repository}:v9`])
      },
    },
  ],
}

function plain(runner: ClientRunner): string[] {
  return runner.onPlainHttp('--plain-http')
}

function reference(runner: ClientRunner): string {
  return `${runner.repository}:v0.1`
}
