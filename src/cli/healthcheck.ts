import type { Command } from './command.ts'
import { sendRequest } from './local-server.ts'

export const healthcheckCommand: Command = {
  name: 'healthcheck',
  summary: 'Checks whether the server of this configuration is running; exit code 0 or 1',
  operands: ['[config.yaml]'],
  options: {
    ready: {
      type: 'boolean',
      description: 'Check whether it serves requests (/readyz), not only whether it runs (/livez).',
    },
  },
  usesConfig: true,
  async run({ options, loadConfig, print }) {
    const path = options['ready'] === true ? '/readyz' : '/livez'
    const { url, status, body } = await sendRequest(loadConfig(), { path })
    const result = `${url} answered ${status}`
    if (status !== 200) throw new Error(`${result}: ${body.trim().slice(0, 500)}`)
    print(`${result}\n`)
    return 0
  },
}
