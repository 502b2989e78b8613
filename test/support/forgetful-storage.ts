import type { AppendFile, Disk } from '../../storage/files/disk.ts'
import type { KeyValue } from '../../storage/index-kv/key-value.ts'

/** A disk that acknowledges syncs of files without doing them. */
export function withoutFileSync(disk: Disk): Disk {
  const forget = (file: AppendFile): AppendFile => ({
    append: (bytes) => file.append(bytes),
    sync: async () => undefined,
    close: () => file.close(),
  })
  return {
    ...methodsOf(disk),
    create: async (path) => forget(await disk.create(path)),
    async append(path, length) {
      const file = await disk.append(path, length)
      return file && forget(file)
    },
  }
}

/** A disk that acknowledges syncs of directories without doing them. */
export function withoutDirectorySync(disk: Disk): Disk {
  return { ...methodsOf(disk), syncDirectory: async () => undefined }
}

/** An index that acknowledges synced batches without syncing them. */
export function withoutBatchSync(store: KeyValue): KeyValue {
  return {
    failure: undefined,
    get: (key) => store.get(key),
    entries: (range, limit) => store.entries(range, limit),
    keys: (range, limit) => store.keys(range, limit),
    lastKeys: (range, limit) => store.lastKeys(range, limit),
    snapshot: () => store.snapshot(),
    write: (changes) => store.write(changes, false),
    recover: () => store.recover(),
    close: () => store.close(),
  }
}

function methodsOf(disk: Disk): Disk {
  return {
    makeDirectory: (path) => disk.makeDirectory(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    create: (path) => disk.create(path),
    append: (path, length) => disk.append(path, length),
    open: (path) => disk.open(path),
    rename: (from, to) => disk.rename(from, to),
    link: (from, path) => disk.link(from, path),
    unlink: (path) => disk.unlink(path),
    list: (path) => disk.list(path),
    close: () => disk.close(),
  }
}
