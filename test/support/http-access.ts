import type { Digest } from '../../src/oci/digest.ts'
import type { BuiltManifest, Content } from './artifact.ts'
import { asDigest } from './in-process-access.ts'
import { RawConnection } from './raw-connection.ts'
import type { RegistryAccess } from './registry-access.ts'
import { type Answer, type RequestOptions, Requests } from './requests.ts'

/** An answer that is in no good order. */
export class UnexpectedAnswer extends Error {
  readonly answer: Answer

  constructor(request: string, answer: Answer) {
    super(`${request} answered ${answer.status}: ${answer.text.slice(0, 500)}`)
    this.answer = answer
  }
}

/** A registry behind HTTP. */
export class HttpAccess implements RegistryAccess {
  readonly #requests: Requests

  constructor(address: { readonly host: string; readonly port: number }) {
    this.#requests = new Requests(address)
  }

  async pushBlob(repository: string, { digest, bytes }: Content): Promise<void> {
    const path = `${uploads(repository)}?digest=${digest}`
    await this.#expect([201], 'POST', path, { body: bytes })
  }

  async startUpload(repository: string): Promise<string> {
    const { headers } = await this.#expect([202], 'POST', uploads(repository), { body: '' })
    return String(headers['location']).split('/').at(-1)!
  }

  async uploadOffset(repository: string, id: string): Promise<number | undefined> {
    const answer = await this.#expect([204, 404], 'GET', uploads(repository, id))
    return answer.status === 404 ? undefined : offsetOf(answer)
  }

  async append(
    repository: string,
    id: string,
    chunk: Uint8Array,
    start: number,
  ): Promise<number | undefined> {
    const headers =
      chunk.byteLength > 0 ? { 'Content-Range': `${start}-${start + chunk.byteLength - 1}` } : {}
    const options = { body: chunk, headers }
    const answer = await this.#expect([202, 404], 'PATCH', uploads(repository, id), options)
    return answer.status === 404 ? undefined : offsetOf(answer)
  }

  async appendBroken(
    repository: string,
    id: string,
    chunk: Uint8Array,
    sent: number,
  ): Promise<void> {
    const connection = await RawConnection.open(this.#requests)
    const head = [
      `PATCH ${uploads(repository, id)} HTTP/1.1`,
      `Host: ${this.#requests.host}:${this.#requests.port}`,
      `Content-Length: ${chunk.byteLength}`,
    ]
    connection.request(head, chunk.subarray(0, sent))
    connection.socket.end()
    await connection.closed
  }

  async finish(repository: string, id: string, digest: Digest, rest: Uint8Array): Promise<boolean> {
    const path = `${uploads(repository, id)}?digest=${digest}`
    const { status } = await this.#expect([201, 404], 'PUT', path, { body: rest })
    return status === 201
  }

  async cancel(repository: string, id: string): Promise<boolean> {
    const { status } = await this.#expect([204, 404], 'DELETE', uploads(repository, id))
    return status === 204
  }

  async mount(repository: string, digest: Digest, from: string): Promise<boolean> {
    const path = `${uploads(repository)}?mount=${digest}&from=${encodeURIComponent(from)}`
    const answer = await this.#expect([201, 202], 'POST', path, { body: '' })
    if (answer.status === 201) return true
    await this.cancel(repository, String(answer.headers['location']).split('/').at(-1)!)
    return false
  }

  async deleteBlob(repository: string, digest: Digest): Promise<'deleted' | 'unknown' | 'in use'> {
    const path = `/v2/${repository}/blobs/${digest}`
    const { status } = await this.#expect([202, 404, 409], 'DELETE', path)
    return status === 202 ? 'deleted' : status === 409 ? 'in use' : 'unknown'
  }

  async putManifest(
    repository: string,
    { digest, bytes, mediaType }: BuiltManifest,
    tags: readonly string[],
  ): Promise<void> {
    const query = tags.map((tag) => `tag=${tag}`).join('&')
    const path = `/v2/${repository}/manifests/${digest}${query && `?${query}`}`
    await this.#expect([201], 'PUT', path, { body: bytes, headers: { 'Content-Type': mediaType } })
  }

  async deleteManifest(repository: string, reference: string): Promise<boolean> {
    const path = `/v2/${repository}/manifests/${reference}`
    return (await this.#expect([202, 404], 'DELETE', path)).status === 202
  }

  async hasBlob(repository: string, digest: Digest): Promise<boolean> {
    const answer = await this.#expect([200, 404], 'HEAD', `/v2/${repository}/blobs/${digest}`)
    return answer.status === 200
  }

  async readBlob(repository: string, digest: Digest): Promise<Uint8Array | undefined> {
    const answer = await this.#expect([200, 404], 'GET', `/v2/${repository}/blobs/${digest}`)
    return answer.status === 404 ? undefined : answer.body
  }

  async readManifest(repository: string, reference: string): Promise<Content | undefined> {
    const path = `/v2/${repository}/manifests/${reference}`
    const { status, headers, body } = await this.#expect([200, 404], 'GET', path)
    if (status === 404) return undefined
    return { digest: asDigest(String(headers['docker-content-digest'])), bytes: body }
  }

  async repositories(): Promise<string[]> {
    const answer = await this.#expect([200], 'GET', '/v2/_catalog?n=10000')
    return answer.json<{ repositories: string[] }>().repositories
  }

  async tags(repository: string): Promise<string[]> {
    const answer = await this.#expect([200, 404], 'GET', `/v2/${repository}/tags/list?n=10000`)
    return answer.status === 404 ? [] : answer.json<{ tags: string[] }>().tags
  }

  close(): void {
    this.#requests.close()
  }

  async #expect(
    good: readonly number[],
    method: string,
    path: string,
    options?: RequestOptions,
  ): Promise<Answer> {
    const answer = await this.#requests.send(method, path, options)
    if (good.includes(answer.status)) return answer
    throw new UnexpectedAnswer(`${method} ${path}`, answer)
  }
}

function uploads(repository: string, id = ''): string {
  return `/v2/${repository}/blobs/uploads/${id}`
}

/**
 * Of `Range: 0-<last byte>`, which says 0-0 also for nothing: the header cannot tell none from one
 * byte.
 */
function offsetOf({ headers }: Answer): number {
  const last = Number(/^0-(\d+)$/.exec(String(headers['range']))?.[1])
  return last === 0 ? 0 : last + 1
}
