import { Client } from '../load/client.ts'
import { openStorage } from '../../storage/storage.ts'
import { start } from '../servers/start.ts'
import { wasmoor } from '../servers/wasmoor.ts'
import { manifestFor, putManifest, TAGGED } from './fill-store.ts'
import { log } from './log.ts'

/** The operations whose cost must not depend on the size of the store. */
export interface Target {
  put(tag: string): Promise<void>
  get(tag: string): Promise<void>
  tagsPage(after: string | undefined): Promise<void>
  catalogPage(after: string | undefined): Promise<void>
  close(): Promise<void>
}

export const PAGE_SIZE = 100

/** The operations on the index itself, with the default durability. */
export async function openIndex(data: string): Promise<Target> {
  const { index } = await openStorage({ data, durability: 'full', acceptGap: false, log })
  const request = (after: string | undefined) => ({
    limit: PAGE_SIZE,
    ...(after !== undefined && { after }),
  })
  return {
    put: (tag) => putManifest(index, TAGGED, tag),
    async get(tag) {
      const found = await index.manifests.get(TAGGED, tag)
      const bytes = found && (await index.manifests.bytes(TAGGED, found.digest))
      if (bytes === undefined) throw new Error(`no tag ${tag}`)
    },
    async tagsPage(after) {
      assertFullPage(await index.tags.list(TAGGED, request(after)))
    },
    async catalogPage(after) {
      assertFullPage(await index.repositories.list(request(after)))
    },
    close: () => index.close(),
  }
}

function assertFullPage({ entries }: { readonly entries: readonly unknown[] }): void {
  if (entries.length !== PAGE_SIZE) throw new Error(`a page of ${entries.length}`)
}

/** The operations over HTTP, with one connection. */
export async function openServer(directory: string): Promise<Target> {
  const server = await start(wasmoor, directory)
  const client = await Client.open(server.port)
  const page = (path: string, after: string | undefined) =>
    client.get(`${path}?n=${PAGE_SIZE}${after === undefined ? '' : `&last=${after}`}`)
  return {
    put: (tag) => client.putManifest(TAGGED, tag, manifestFor(tag).bytes),
    get: (tag) => client.get(`/v2/${TAGGED}/manifests/${tag}`),
    tagsPage: (after) => page(`/v2/${TAGGED}/tags/list`, after),
    catalogPage: (after) => page('/v2/_catalog', after),
    async close() {
      client.close()
      await server.stop()
    },
  }
}
