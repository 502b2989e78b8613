import { versionOutput } from './installed.ts'
import type { ServerKind } from './server.ts'

export const olareg: ServerKind = {
  name: 'olareg',
  content: 'registry',
  remark: 'fsyncs nothing; has no access log',
  version: () => versionOutput('olareg', 'version', '--format', '{{.VCSTag}}'),
  command: async ({ port, directory }) => ({
    file: 'olareg',
    arguments: [
      'serve',
      '--addr=127.0.0.1',
      `--port=${port}`,
      '--store-type=dir',
      `--dir=${directory}`,
      '--api-push',
      '--api-delete',
    ],
  }),
}
