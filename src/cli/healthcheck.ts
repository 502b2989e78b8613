import type { Command } from './command.ts'
import { askServer } from './local-server.ts'

export const healthcheckCommand: Command = {
  name: 'healthcheck',
  summary: 'Asks the server of this configuration whether it is well; exit code 0 or 1',
  operands: ['[config.yaml]'],
  options: {
    ready: {
      type: 'boolean',
      meaning: 'Ask whether it takes requests (/readyz), not only whether it lives.',
    },
  },
  configured: true,
  async run({ options, loadConfig, print }) {
    const path = options['ready'] === true ? '/readyz' : '/livez'
    const { url, status, body } = await askServer(loadConfig(), { path })
    const answer = `${url} answers ${status}`
    if (status !== 200) throw new Error(`${answer}: ${body.trim().slice(0, 500)}`)
    print(`${answer}\n`)
    return 0
  },
}
