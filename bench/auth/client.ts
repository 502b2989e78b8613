import { configContent, descriptorOf, manifestContent, MANIFEST_TYPE } from '../content.ts'
import { requestHead } from '../load/client.ts'
import { Connection } from '../load/connection.ts'

/** A client with one connection, anonymous or with a bearer token. */
export class BenchClient {
  readonly #connection: Connection
  readonly #headers: Record<string, string>

  private constructor(connection: Connection, headers: Record<string, string>) {
    this.#connection = connection
    this.#headers = headers
  }

  static async open(port: number, token?: string): Promise<BenchClient> {
    const headers = {
      host: `127.0.0.1:${port}`,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    return new BenchClient(await Connection.open(port), headers)
  }

  get(path: string): Promise<void> {
    return this.#send('GET', path, 200, { accept: MANIFEST_TYPE })
  }

  /** Pushes a new blob and a new manifest with it, under a tag. */
  async push(repository: string, tag: string): Promise<void> {
    const content = configContent()
    const uploads = `/v2/${repository}/blobs/uploads/?digest=${content.digest}`
    await this.#send('POST', uploads, 201, {}, content.bytes)
    const layer = descriptorOf(content)
    const manifest = manifestContent(layer, layer, tag)
    const type = { 'content-type': MANIFEST_TYPE }
    await this.#send('PUT', `/v2/${repository}/manifests/${tag}`, 201, type, manifest.bytes)
  }

  close(): void {
    this.#connection.close()
  }

  async #send(
    method: string,
    path: string,
    expected: number,
    headers: Record<string, string>,
    body?: Buffer,
  ): Promise<void> {
    const length = body && { 'content-length': `${body.length}` }
    const head = requestHead(method, path, { ...this.#headers, ...headers, ...length })
    const { status } = await this.#connection.request(head, body ? [body] : [])
    if (status !== expected) throw new Error(`${method} ${path}: ${status}, not ${expected}`)
  }
}
