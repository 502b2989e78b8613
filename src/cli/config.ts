import { configAsJsonSchema, configAsMarkdown, configAsYaml } from '../config/print.ts'
import type { Command } from './command.ts'

export const configCommand: Command = {
  name: 'config',
  summary: 'Prints the configuration in effect, with secrets masked',
  operands: ['[config.yaml]'],
  options: {
    schema: {
      type: 'boolean',
      description: 'Print the JSON Schema of the configuration file instead.',
    },
    reference: {
      type: 'boolean',
      description: 'Print a reference of all keys, as Markdown, instead.',
    },
  },
  usesConfig: true,
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
