import type { GcStatus } from '../api/operations.ts'
import { UsageError, type Call, type Command } from './command.ts'
import { followStatus, type Operation, printResult } from './follow-status.ts'
import { formatBytes } from './format-bytes.ts'
import { OperatorClient } from './operator-client.ts'

const DRY_RUN = {
  type: 'boolean',
  description: 'Print what would be deleted, and delete nothing.',
} as const

export const gcCommand: Command = {
  name: 'gc',
  summary: 'Runs garbage collection now, on the running server, and waits for the result',
  operands: ['[config.yaml]'],
  options: { 'dry-run': DRY_RUN },
  usesConfig: true,
  run: collectGarbage,
}

/** For cron jobs that were written for distribution. */
export const garbageCollectCommand: Command = {
  name: 'garbage-collect',
  summary: 'Does the same as gc, with the name and the flags of the distribution registry',
  operands: ['[config.yaml]'],
  options: {
    'dry-run': { ...DRY_RUN, short: 'd' },
    'delete-untagged': {
      type: 'boolean',
      short: 'm',
      description: 'Allowed only where gc.untaggedRepositories is set, which decides instead.',
    },
    quiet: { type: 'boolean', short: 'q', description: 'Print nothing.' },
  },
  usesConfig: true,
  async run(call) {
    const { options, loadConfig, print } = call
    if (options['delete-untagged'] === true && loadConfig().gc.untaggedRepositories.length === 0) {
      throw new UsageError(
        "--delete-untagged: set gc.untaggedRepositories in the server's configuration, such as ['**']",
      )
    }
    return collectGarbage({ ...call, print: options['quiet'] === true ? () => undefined : print })
  },
}

async function collectGarbage({ options, loadConfig, print }: Call): Promise<number> {
  const operation: Operation<GcStatus> = {
    name: 'garbage collection',
    path: '/v2/_wasmoor/gc',
    request: { dryRun: options['dry-run'] === true },
    format: formatStatus,
  }
  const status = await followStatus(new OperatorClient(loadConfig()), operation, print)
  printResult(operation, status, print)
  if (status.cutoff === null) {
    print('nothing is old enough yet: the server has not run for the whole of gc.grace\n')
  }
  if (status.failures > 0) print(`could not delete ${status.failures} files: see the server log\n`)
  return status.failures > 0 ? 1 : 0
}

function formatStatus(status: GcStatus): string {
  const { dryRun, manifests, links, blobs, bytes, files, orphans } = status
  const counts = [
    `${blobs} blobs (${formatBytes(bytes)})`,
    `${links} links`,
    `${manifests} untagged manifests`,
    ...(files > 0 ? [`${files} orphaned or damaged files`] : []),
    ...(orphans > 0 ? [`found ${orphans} orphaned files to delete later`] : []),
  ]
  return `${dryRun ? 'would delete at least' : 'deleted'} ${counts.join(', ')}`
}
