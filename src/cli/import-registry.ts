import { UsageError, type Command } from './command.ts'
import { Importer } from './import/importer.ts'
import { RegistryTree } from './import/registry-tree.ts'
import { ImportReport } from './import/report.ts'
import { Target } from './import/target.ts'

const CONNECTIONS = 16

export const importRegistryCommand: Command = {
  name: 'import-registry',
  summary:
    'Copies the files of a registry:2 or registry:3 into the running server; exit code 1 if something could not be copied',
  operands: ['PATH', '[config.yaml]'],
  options: {
    'move-tags': {
      type: 'boolean',
      description:
        'Overwrite tags of the server that point at another manifest than in PATH (default: keep them).',
    },
  },
  usesConfig: true,
  async run({ operands: [path], options, loadConfig, print }) {
    if (path === undefined) {
      throw new UsageError("missing argument: PATH, the registry's /var/lib/registry")
    }
    const target = await Target.open(loadConfig(), CONNECTIONS)
    try {
      const report = new ImportReport(print)
      const moveTags = options['move-tags'] === true
      await new Importer(await RegistryTree.open(path), target, report, { moveTags }).run()
      return report.failed > 0 ? 1 : 0
    } finally {
      target.close()
    }
  },
}
