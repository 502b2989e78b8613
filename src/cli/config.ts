import { configAsJsonSchema, configAsMarkdown, configAsYaml } from '../config/print.ts'
import type { Command } from './command.ts'

export const configCommand: Command = {
  name: 'config',
  summary: 'Prints the configuration in effect, secrets masked',
  operands: ['[config.yaml]'],
  options: {
    schema: {
      type: 'boolean',
      meaning: 'Print the JSON Schema of the configuration file instead.',
    },
    reference: {
      type: 'boolean',
      meaning: 'Print all keys with their meanings, as Markdown, instead.',
    },
  },
  configured: true,
  async run({ options, loadConfig, print }) {
    if (options['schema'] === true) print(configAsJsonSchema())
    else if (options['reference'] === true) print(configAsMarkdown())
    else {
      const config = loadConfig((sentence) => print(`# ${sentence}\n`))
      print(configAsYaml(config))
    }
    return 0
  },
}
