import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

interface Secret {
  readonly apiVersion: string
  readonly kind: string
  readonly type: string
  readonly metadata: { name: string; namespace: string }
  readonly stringData: Record<string, string>
}

const KEY = '.dockerconfigjson'

/**
 * Mounts a Secret like kubelet, which puts the files behind two symlinks to swap them atomically.
 * Returns the path of its file.
 */
export async function mountSecret(document: string, folder: string): Promise<string> {
  const { apiVersion, kind, type, metadata, stringData } = parse(document) as Secret
  const found = [apiVersion, kind, type, metadata.namespace, metadata.name].join(' ')
  const wanted = 'v1 Secret kubernetes.io/dockerconfigjson istio-system asmwasm-cache'
  if (found !== wanted) throw new Error(`the Secret is "${found}", which no mesh would find`)
  await mkdir(join(folder, '..first'), { recursive: true })
  await writeFile(join(folder, '..first', KEY), stringData[KEY] ?? '', { mode: 0o400 })
  await symlink('..first', join(folder, '..data'))
  await symlink(join('..data', KEY), join(folder, KEY))
  return join(folder, KEY)
}
