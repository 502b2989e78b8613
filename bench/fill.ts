import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Content } from './content.ts'
import { openClients, runPool } from './load/pool.ts'
import type { Server } from './servers/start.ts'

export interface TaggedManifest {
  readonly tag: string
  readonly manifest: Content
}

/** Loads blobs, then manifests, over HTTP or into the files that nginx serves. */
export async function fill(
  server: Server,
  repository: string,
  blobs: readonly Content[],
  manifests: readonly TaggedManifest[],
): Promise<void> {
  if (server.kind.content === 'files') await writeFiles(server, repository, blobs, manifests)
  else await push(server, repository, blobs, manifests)
}

async function push(
  server: Server,
  repository: string,
  blobs: readonly Content[],
  manifests: readonly TaggedManifest[],
): Promise<void> {
  const clients = await openClients(server.port, 8)
  await runPool(clients, blobs, Infinity, (client, { digest, bytes }) =>
    client.upload(repository, digest, [bytes], bytes.length),
  )
  await runPool(clients, manifests, Infinity, (client, { tag, manifest }) =>
    client.putManifest(repository, tag, manifest.bytes),
  )
  for (const client of clients) client.close()
}

/** Writes files with the paths of the registry's routes. */
async function writeFiles(
  server: Server,
  repository: string,
  blobs: readonly Content[],
  manifests: readonly TaggedManifest[],
): Promise<void> {
  const root = join(server.directory, 'content/v2', repository)
  for (const { digest, bytes } of blobs) await save(join(root, 'blobs', digest), bytes)
  for (const { tag, manifest } of manifests) {
    await save(join(root, 'manifests', tag), manifest.bytes)
  }
}

async function save(file: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, bytes)
}
