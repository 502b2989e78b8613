import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A directory as kubelet mounts a Secret: each file is a symlink through `..data` to a directory
 * with a time for its name;
 * an update writes a new such directory, renames a new `..data` over the old one, and removes the
 * old directory.
 */
export class MountedSecret {
  readonly path: string
  #directory: string | undefined
  #updates = 0

  private constructor(path: string) {
    this.path = path
  }

  static async mount(files: Readonly<Record<string, string>>): Promise<MountedSecret> {
    const secret = new MountedSecret(await mkdtemp(join(tmpdir(), 'wasmoor-secret-')))
    await secret.update(files)
    for (const name of Object.keys(files))
      await symlink(join('..data', name), join(secret.path, name))
    return secret
  }

  file(name: string): string {
    return join(this.path, name)
  }

  async update(files: Readonly<Record<string, string>>): Promise<void> {
    const old = this.#directory
    this.#directory = `..2026_11_01_12_00_${String(this.#updates++).padStart(2, '0')}.123456789`
    const directory = join(this.path, this.#directory)
    await mkdir(directory)
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
    await symlink(this.#directory, join(this.path, '..data_tmp'))
    await rename(join(this.path, '..data_tmp'), join(this.path, '..data'))
    if (old !== undefined) await rm(join(this.path, old), { recursive: true })
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}
