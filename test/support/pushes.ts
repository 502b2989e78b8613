import { expect } from './expected-answers.ts'
import { digest, image, IMAGE } from './manifest-texts.ts'
import type { Answer, Requests } from './requests.ts'

/** Uploads a blob in one request. */
export async function pushBlob(
  server: Requests,
  repository: string,
  bytes: string | Uint8Array,
  algorithm = 'sha256',
): Promise<string> {
  const pushed = digest(bytes, algorithm)
  const path = `/v2/${repository}/blobs/uploads/?digest=${pushed}`
  expect(await server.post(path, { body: bytes }), 201)
  return pushed
}

/** Puts a manifest whose content is there. */
export async function putManifest(
  server: Requests,
  repository: string,
  reference: string,
  manifest: string,
  type = IMAGE,
): Promise<Answer> {
  const path = `/v2/${repository}/manifests/${reference}`
  const answer = await server.put(path, { body: manifest, headers: { 'Content-Type': type } })
  return expect(answer, 201)
}

/** Pushes an image of one config and one layer under a tag or digest; its digest. */
export async function pushImage(
  server: Requests,
  repository: string,
  reference?: string,
  fields: object = {},
): Promise<string> {
  await pushBlob(server, repository, '{}')
  await pushBlob(server, repository, 'layer')
  const manifest = image(fields)
  await putManifest(server, repository, reference ?? digest(manifest), manifest)
  return digest(manifest)
}

/** Opens an upload session; its path. */
export async function openUpload(server: Requests, repository: string): Promise<string> {
  const answer = expect(await server.post(`/v2/${repository}/blobs/uploads/`), 202)
  return String(answer.headers.location)
}
