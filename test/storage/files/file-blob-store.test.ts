import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { FileBlobStore } from '../../../storage/files/file-blob-store.ts'
import { NodeDisk } from '../../../storage/files/node-disk.ts'
import { blobDirectories, blobPath, UPLOADS } from '../../../storage/keys.ts'
import { blobStoreContract } from '../blob-store.contract.ts'

const root = await mkdtemp(join(tmpdir(), 'wasmoor-test-'))
after(() => rm(root, { recursive: true, force: true }))
for (const directory of [UPLOADS, ...blobDirectories().map(blobPath)])
  await mkdir(join(root, directory), { recursive: true })

blobStoreContract('files', async () => {
  const disk = new NodeDisk(root, false)
  const contents = new Map<string, Uint8Array>()
  const small = { content: async (key: string) => contents.get(key) }
  return {
    blobs: new FileBlobStore(disk, small),
    keep: ({ key, content }) => content && contents.set(key, content),
    restart: () => new FileBlobStore(disk, small),
  }
})
