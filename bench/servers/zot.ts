import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { versionOutput } from './installed.ts'
import type { ServerKind } from './server.ts'

export const zot: ServerKind = {
  name: 'zot',
  content: 'registry',
  remark: 'does not fsync what is pushed; access log on',
  async version() {
    const printed = await versionOutput('zot', '--version')
    return printed?.match(/v\d+\.\d+\.\d+[^\s",]*/)?.[0] ?? printed
  },
  async command({ port, directory }) {
    const file = join(directory, 'config.json')
    const config = {
      distSpecVersion: '1.1.1',
      storage: { rootDirectory: join(directory, 'data') },
      http: { address: '127.0.0.1', port: `${port}` },
      log: { level: 'info' },
    }
    await writeFile(file, JSON.stringify(config))
    return { file: 'zot', arguments: ['serve', file] }
  },
}
