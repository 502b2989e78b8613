import { UsageError, type Command } from './command.ts'
import { Importer } from './import/importer.ts'
import { RegistryTree } from './import/registry-tree.ts'
import { ImportReport } from './import/report.ts'
import { Target } from './import/target.ts'

const CONNECTIONS = 16

export const importRegistryCommand: Command = {
  name: 'import-registry',
  summary:
    'Moves the content of a registry:2 or registry:3 into the running server, from its files; exit code 1 if something cannot be moved',
  operands: ['PATH', '[config.yaml]'],
  options: {
    'move-tags': {
      type: 'boolean',
      meaning:
        'Let tags that point at something else in the server point at what they have in PATH. Not given: they stay.',
    },
  },
  configured: true,
  async run({ operands: [path], options, loadConfig, print }) {
    if (path === undefined) {
      throw new UsageError(
        'say from where: the directory that the registry has as /var/lib/registry',
      )
    }
    const target = await Target.open(loadConfig(), CONNECTIONS)
    try {
      const report = new ImportReport(print)
      const moveTags = options['move-tags'] === true
      await new Importer(await RegistryTree.open(path), target, report, { moveTags }).run()
      return report.faults > 0 ? 1 : 0
    } finally {
      target.close()
    }
  },
}
