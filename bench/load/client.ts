import { MANIFEST_TYPE } from '../content.ts'
import { Connection, type Answer } from './connection.ts'

/** The requests of a registry client, with the expected statuses. */
export class Client {
  readonly #connection: Connection
  readonly #host: string

  private constructor(connection: Connection, port: number) {
    this.#connection = connection
    this.#host = `127.0.0.1:${port}`
  }

  static async open(port: number): Promise<Client> {
    return new Client(await Connection.open(port), port)
  }

  close(): void {
    this.#connection.close()
  }

  /** Asserts that a manifest or blob is missing, because a load must push new content. */
  async assertMissing(path: string): Promise<void> {
    await this.#send('HEAD', path, 404, { accept: MANIFEST_TYPE })
  }

  async get(path: string): Promise<void> {
    await this.#send('GET', path, 200, { accept: MANIFEST_TYPE })
  }

  async upload(repository: string, digest: string, parts: Iterable<Buffer>, size: number) {
    const uploads = `/v2/${repository}/blobs/uploads/`
    const begun = await this.#send('POST', uploads, 202, { 'content-length': '0' })
    const session = new URL(begun.location ?? '', `http://${this.#host}${uploads}`)
    session.searchParams.set('digest', digest)
    const headers = { 'content-type': 'application/octet-stream', 'content-length': `${size}` }
    await this.#send('PUT', session.pathname + session.search, 201, headers, parts)
  }

  async putManifest(repository: string, reference: string, bytes: Buffer): Promise<void> {
    const headers = { 'content-type': MANIFEST_TYPE, 'content-length': `${bytes.length}` }
    await this.#send('PUT', `/v2/${repository}/manifests/${reference}`, 201, headers, [bytes])
  }

  async #send(
    method: string,
    path: string,
    status: number,
    headers: Record<string, string>,
    body: Iterable<Buffer> = [],
  ): Promise<Answer> {
    const answer = await this.#connection.request(
      requestHead(method, path, { host: this.#host, ...headers }),
      body,
    )
    if (answer.status !== status) {
      throw new Error(`${method} ${path}: ${answer.status} instead of ${status}`)
    }
    return answer
  }
}

export function requestHead(method: string, path: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}
