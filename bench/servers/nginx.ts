import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { versionOutput } from './installed.ts'
import type { ServerKind } from './server.ts'

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const

export const nginx: ServerKind = {
  name: 'nginx',
  content: 'files',
  remark: 'static files under the same paths, sendfile; access log on',
  async version() {
    const printed = await versionOutput('nginx', '-v')
    return printed?.match(/nginx\/(\S+)/)?.[1] ?? printed
  },
  async command({ port, directory }) {
    await mkdir(join(directory, 'content'))
    const file = join(directory, 'nginx.conf')
    await writeFile(file, configuration(port, directory))
    return { file: 'nginx', arguments: ['-p', directory, '-c', file, '-e', 'stderr'] }
  },
}

function configuration(port: number, directory: string): string {
  // If root starts nginx, its workers run as nobody, who may have no access to the data.
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  return `
daemon off;
${user}
worker_processes auto;
pid ${join(directory, 'nginx.pid')};
events { worker_connections 1024; }
http {
  ${TEMPORARY.map((name) => `${name}_temp_path ${join(directory, name)};`).join('\n  ')}
  access_log ${join(directory, 'access.log')};
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port};
    root ${join(directory, 'content')};
    location ~ /manifests/ { default_type application/vnd.oci.image.manifest.v1+json; }
  }
}
`
}
