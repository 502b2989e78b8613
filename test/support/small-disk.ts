import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, rmdir, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const BLOCK = 1024 * 1024

/** A file system of a few MiB in memory, on which space can be taken away and given back. */
export class SmallDisk {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** Undefined where this user may not mount. */
  static async mount(mebibytes: number): Promise<SmallDisk | undefined> {
    const path = await mkdtemp(join(tmpdir(), 'wasmoor-small-disk-'))
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path])
    } catch (error) {
      await rmdir(path)
      if (/superuser|permission denied|not permitted/i.test(String(error))) return undefined
      throw error
    }
    return new SmallDisk(path)
  }

  /** Takes all space but for so many bytes. */
  async fill(left: number): Promise<void> {
    const file = await open(this.#ballast, 'a')
    try {
      for (let free = await this.free(); free > left; free = await this.free())
        await file.write(Buffer.alloc(Math.min(BLOCK, free - left)))
    } finally {
      await file.close()
    }
  }

  /** Gives back so many bytes of what {@link fill} took. */
  async giveBack(bytes: number): Promise<void> {
    const file = await open(this.#ballast, 'r+')
    try {
      const { size } = await file.stat()
      await file.truncate(Math.max(0, size - bytes))
    } finally {
      await file.close()
    }
  }

  /** Gives back all of what {@link fill} took. */
  async empty(): Promise<void> {
    await rm(this.#ballast, { force: true })
  }

  async free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path)
    return bavail * bsize
  }

  /** While no file on it is open for writing. */
  async remount(mode: 'ro' | 'rw'): Promise<void> {
    await run('mount', ['-o', `remount,${mode}`, this.path])
  }

  async unmount(): Promise<void> {
    await run('umount', [this.path])
    await rmdir(this.path)
  }

  get #ballast(): string {
    return join(this.path, 'ballast')
  }
}
