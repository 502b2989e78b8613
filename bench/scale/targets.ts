import { Client } from '../load/client.ts'
import { openStorage } from '../../storage/storage.ts'
import { start } from '../servers/start.ts'
import { wasmoor } from '../servers/wasmoor.ts'
import { manifestFor, putManifest, tagged } from './fill-store.ts'
import { log } from './log.ts'

/** One store, and the operations whose cost must not depend on how full it is. */
export interface Target {
  put(tag: string): Promise<void>
  get(tag: string): Promise<void>
  tagsPage(after: string | undefined): Promise<void>
  catalogPage(after: string | undefined): Promise<void>
  close(): Promise<void>
}

export const pageSize = 100

/** The store as the server's code sees it, with durable defaults. */
export async function openIndex(data: string): Promise<Target> {
  const { index } = await openStorage({ data, durability: 'full', acceptGap: false, log })
  const request = (after: string | undefined) => ({
    limit: pageSize,
    ...(after !== undefined && { after }),
  })
  return {
    put: (tag) => putManifest(index, tagged, tag),
    async get(tag) {
      const found = await index.manifests.get(tagged, tag)
      const bytes = found && (await index.manifests.bytes(tagged, found.digest))
      if (bytes === undefined) throw new Error(`no tag ${tag}`)
    },
    async tagsPage(after) {
      whole(await index.tags.list(tagged, request(after)))
    },
    async catalogPage(after) {
      whole(await index.repositories.list(request(after)))
    },
    close: () => index.close(),
  }
}

function whole({ entries }: { readonly entries: readonly unknown[] }): void {
  if (entries.length !== pageSize) throw new Error(`a page of ${entries.length}`)
}

/** The store as clients see it: one of them, over one connection. */
export async function openServer(directory: string): Promise<Target> {
  const server = await start(wasmoor, directory)
  const client = await Client.open(server.port)
  const page = (path: string, after: string | undefined) =>
    client.get(`${path}?n=${pageSize}${after === undefined ? '' : `&last=${after}`}`)
  return {
    put: (tag) => client.putManifest(tagged, tag, manifestFor(tag).bytes),
    get: (tag) => client.get(`/v2/${tagged}/manifests/${tag}`),
    tagsPage: (after) => page(`/v2/${tagged}/tags/list`, after),
    catalogPage: (after) => page('/v2/_catalog', after),
    async close() {
      client.close()
      await server.stop()
    },
  }
}
