import { createHash } from 'node:crypto'
import type { Credentials } from '../target.ts'

export interface Layer {
  readonly type: string
  readonly bytes: string | Buffer
  readonly title?: string
}

export interface Artifact {
  readonly config?: Layer
  readonly layers: readonly Layer[]
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly subject?: object
}

interface Pushed {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const EMPTY: Layer = { type: 'application/vnd.oci.empty.v1+json', bytes: '{}' }
const TITLE = 'org.opencontainers.image.title'
/** Tags per request. */
const TAGS_AT_ONCE = 50

/** Pushes artifacts that no client would push. */
export class Pusher {
  readonly #base: string
  /** The headers of every request. */
  readonly headers: Readonly<Record<string, string>>

  constructor(base: string, credentials?: Credentials) {
    this.#base = base
    const { username, password } = credentials ?? {}
    const text = Buffer.from(`${username}:${password}`).toString('base64')
    this.headers = credentials ? { Authorization: `Basic ${text}` } : {}
  }

  async push(repository: string, tag: string | undefined, artifact: Artifact): Promise<Pushed> {
    const { artifactType, annotations, subject, config = EMPTY } = artifact
    const layers: object[] = []
    for (const layer of artifact.layers) layers.push(await this.#blob(repository, layer))
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: IMAGE,
      ...(artifactType !== undefined && { artifactType }),
      config: await this.#blob(repository, config),
      layers,
      ...(subject && { subject }),
      ...(annotations && { annotations }),
    })
    const digest = digestOf(body)
    await assertCreated(await this.put(`${repository}/manifests/${tag ?? digest}`, body, IMAGE))
    return { mediaType: IMAGE, digest, size: body.length }
  }

  /** Sets many tags to one manifest. */
  async tag(repository: string, tag: string, more: readonly string[]): Promise<void> {
    const path = `${this.#base}/v2/${repository}/manifests/${tag}`
    const manifest = await fetch(path, { headers: { ...this.headers, Accept: IMAGE } })
    const body = await manifest.text()
    const digest = manifest.headers.get('Docker-Content-Digest')
    for (let at = 0; at < more.length; at += TAGS_AT_ONCE) {
      const tags = more.slice(at, at + TAGS_AT_ONCE).map((each) => `tag=${each}`)
      const where = `${repository}/manifests/${digest}?${tags.join('&')}`
      await assertCreated(await this.put(where, body, IMAGE))
    }
  }

  /** Asks the registry to derive a layout of an artifact. */
  make(repository: string, tag: string, layout: string): Promise<Response> {
    const path = `${this.#base}/v2/${repository}/_wasmoor/wasm/${tag}?layout=${layout}`
    return fetch(path, { method: 'POST', headers: this.headers })
  }

  put(path: string, body: string, type: string): Promise<Response> {
    const headers = { ...this.headers, 'Content-Type': type }
    return fetch(`${this.#base}/v2/${path}`, { method: 'PUT', headers, body })
  }

  async #blob(repository: string, { type, bytes, title }: Layer): Promise<object> {
    const content = Buffer.from(bytes)
    const digest = digestOf(content)
    const path = `${this.#base}/v2/${repository}/blobs/uploads/?digest=${digest}`
    await assertCreated(await fetch(path, { method: 'POST', headers: this.headers, body: content }))
    return {
      mediaType: type,
      digest,
      size: content.length,
      ...(title !== undefined && { annotations: { [TITLE]: title } }),
    }
  }
}

async function assertCreated(answer: Response): Promise<void> {
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
}

export function digestOf(bytes: string | Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
