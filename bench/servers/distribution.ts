import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { versionOutput } from './installed.ts'
import type { ServerKind } from './server.ts'

export const distribution: ServerKind = {
  name: 'distribution',
  content: 'registry',
  remark: 'fsyncs files, not their directories; access log on',
  async version() {
    const printed = await versionOutput('registry', '--version')
    return printed?.match(/v\d+\.\d+\S*/)?.[0] ?? printed
  },
  async command({ port, directory }) {
    const file = join(directory, 'config.yaml')
    await writeFile(
      file,
      `version: 0.1
storage:
  filesystem:
    rootdirectory: ${join(directory, 'data')}
http:
  addr: 127.0.0.1:${port}
`,
    )
    return {
      file: 'registry',
      arguments: ['serve', file],
      // Otherwise it spends time sending traces to a missing collector.
      environment: { OTEL_TRACES_EXPORTER: 'none' },
    }
  },
}
