import type { GcStatus } from '../api/operations.ts'
import { inBytes } from './bytes.ts'
import { UsageError, type Call, type Command } from './command.ts'
import { OperatorClient } from './operator-client.ts'
import { watchWork } from './follow-status.ts'

const DRY_RUN = {
  type: 'boolean',
  meaning: 'Say what would be removed, and remove nothing.',
} as const

export const gcCommand: Command = {
  name: 'gc',
  summary: 'Has the running server remove what nobody needs any more, and waits for it',
  operands: ['[config.yaml]'],
  options: { 'dry-run': DRY_RUN },
  configured: true,
  run: collect,
}

/** What cron jobs for distribution call. */
export const garbageCollectCommand: Command = {
  name: 'garbage-collect',
  summary: 'Does what gc does, under the name and with the flags that distribution has for it',
  operands: ['[config.yaml]'],
  options: {
    'dry-run': { ...DRY_RUN, short: 'd' },
    'delete-untagged': {
      type: 'boolean',
      short: 'm',
      meaning: 'Refused where gc.untaggedRepositories does not say in which repositories.',
    },
    quiet: { type: 'boolean', short: 'q', meaning: 'Print nothing.' },
  },
  configured: true,
  async run(call) {
    const { options, loadConfig, print } = call
    if (options['delete-untagged'] === true && loadConfig().gc.untaggedRepositories.length === 0) {
      throw new UsageError(
        "untagged manifests go where the server's configuration says so: set gc.untaggedRepositories, such as ['**']",
      )
    }
    return collect({ ...call, print: options['quiet'] === true ? () => undefined : print })
  },
}

async function collect({ options, loadConfig, print }: Call): Promise<number> {
  const dryRun = options['dry-run'] === true
  const operator = new OperatorClient(loadConfig())
  const work = { path: '/v2/_wasmoor/gc', body: JSON.stringify({ dryRun }) }
  const status = await watchWork<GcStatus>(operator, work, { print, progress: told })
  if (status.state !== 'finished') {
    print(`${told(status)}\n`)
    throw new Error(`the collection is ${status.state}: ${status.reason}`)
  }
  print(`${told(status)}\n`)
  if (status.before === null) {
    print('the registry has not run for long enough for anything to be too old (gc.grace)\n')
  }
  if (status.failures > 0) print(`${status.failures} files could not be removed: see the log\n`)
  return status.failures > 0 ? 1 : 0
}

function told(status: GcStatus): string {
  const { dryRun, manifests, links, blobs, bytes, keys, strays } = status
  const extra = [
    ...(keys > 0 ? [`${keys} files without an entry`] : []),
    ...(strays > 0 ? [`${strays} more found, which go later`] : []),
  ]
  return `${dryRun ? 'would remove at least' : 'removed'} ${[
    `${blobs} blobs (${inBytes(bytes)})`,
    `${links} links`,
    `${manifests} untagged manifests`,
    ...extra,
  ].join(', ')}`
}
