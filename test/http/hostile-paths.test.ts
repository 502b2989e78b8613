import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { expect } from '../support/expected-answers.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { openUpload, pushImage } from '../support/pushes.ts'
import { type RawAnswer, RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const CANARY = 'the canary sings'

const above = await temporaryDirectory({ after })
const data = join(above, 'store', 'data')
await mkdir(join(above, 'store', 'a'), { recursive: true })
for (const path of ['secret', 'store/secret', 'store/a/secret'])
  await writeFile(join(above, path), CANARY)
const server = await startTestServer({ data })
after(() => server.stop())

const id = await pushImage(server, 'a', 'v1')

const climbs = [
  '..',
  '.',
  '../secret',
  '../../secret',
  '../../../secret',
  '../../../../../../../../etc/passwd',
  '..\\..\\secret',
  '%2e%2e/secret',
  '%2e%2e%2fsecret',
  '..%2fsecret',
  '..%5csecret',
  '%252e%252e%252fsecret',
  '..%c0%afsecret',
  '%00',
  'secret%00',
  '..%00/secret',
  '%0a',
  '%0d%0aX: y',
  '....//secret',
  '/secret',
  '//secret',
  '/etc/passwd',
  '~',
  '~root',
  '$HOME',
  '`id`',
  '$(id)',
  '|id',
  ';id',
  '&id',
  '*',
  '?',
  '{}',
  '%s%n',
  "' OR 1=1",
  '"',
  '<x>',
  '__proto__',
  'constructor',
  'toString',
  'index/LOCK',
  'index',
  'uploads',
  'blobs/sha256',
  'admin.key',
  '../admin.key',
  'sha256:../../secret',
  'sha256:..%2f..%2fsecret',
  `sha256:${'../'.repeat(20)}secret`,
  `sha256:${'a'.repeat(63)}/`,
  'small/sha256:x',
  'tag!x',
  'a!b',
  'a"b',
  '\u00e9',
  '\u202e',
  '%ef%bc%8e%ef%bc%8e',
  'x'.repeat(5000),
  'CON',
  'nul',
  '-rf',
]

/** Where a client can write something of its own. */
const addresses: readonly ((text: string) => [method: string, target: string])[] = [
  (text) => ['GET', `/${text}`],
  (text) => ['GET', `/v2/${text}/tags/list`],
  (text) => ['GET', `/v2/${text}/manifests/v1`],
  (text) => ['PUT', `/v2/${text}/manifests/v1`],
  (text) => ['POST', `/v2/${text}/blobs/uploads/`],
  (text) => ['POST', `/v2/${text}/blobs/uploads/?digest=${digest('x')}`],
  (text) => ['GET', `/v2/a/${text}/blobs/${id}`],
  (text) => ['GET', `/v2/a/manifests/${text}`],
  (text) => ['PUT', `/v2/a/manifests/${text}`],
  (text) => ['DELETE', `/v2/a/manifests/${text}`],
  (text) => ['GET', `/v2/a/blobs/${text}`],
  (text) => ['DELETE', `/v2/a/blobs/${text}`],
  (text) => ['GET', `/v2/a/referrers/${text}`],
  (text) => ['GET', `/v2/a/blobs/uploads/${text}`],
  (text) => ['PATCH', `/v2/a/blobs/uploads/${text}`],
  (text) => ['PUT', `/v2/a/blobs/uploads/${text}?digest=${digest('x')}`],
  (text) => ['DELETE', `/v2/a/blobs/uploads/${text}`],
  (text) => ['POST', `/v2/a/blobs/uploads/?digest=${text}`],
  (text) => ['POST', `/v2/a/blobs/uploads/?mount=${text}`],
  (text) => ['POST', `/v2/a/blobs/uploads/?mount=${id}&from=${text}`],
  (text) => ['POST', `/v2/a/blobs/uploads/?digest-algorithm=${text}`],
  (text) => ['PUT', `/v2/a/manifests/${id}?tag=${text}`],
  (text) => ['GET', `/v2/a/tags/list?last=${text}`],
  (text) => ['GET', `/v2/a/tags/list?n=${text}`],
  (text) => ['GET', `/v2/_catalog?last=${text}`],
  (text) => ['GET', `/v2/a/referrers/${id}?artifactType=${text}`],
  (text) => ['GET', `/v2/a/referrers/${id}?n=1&last=${text}`],
  (text) => ['GET', `/v2/_wasmoor/${text}`],
  (text) => ['GET', `/v2/a/_oci/${text}`],
]

let connection: RawConnection | undefined
after(() => connection?.destroy())

async function ask(method: string, target: string): Promise<RawAnswer> {
  connection ??= await RawConnection.open(server)
  const bytes = Buffer.from(target).toString('latin1')
  const type = `Content-Type: ${IMAGE}`
  const body = method === 'PUT' && target.includes('/manifests/') ? image() : ''
  connection.request(
    [`${method} ${bytes} HTTP/1.1`, 'Host: x', type, `Content-Length: ${body.length}`],
    body,
  )
  const answer = await connection.answer(false)
  if (answer.headers['connection'] === 'close') {
    connection.destroy()
    connection = undefined
  }
  return answer
}

/** Everything below the directory, but for what the store itself makes. */
async function namesOutside(): Promise<string[]> {
  const names = (await readdir(above, { recursive: true })).map(String)
  return names.filter((name) => !name.startsWith(join('store', 'data', ''))).toSorted()
}

describe('a path with ..', () => {
  it('a path with .. leads nowhere, wherever it stands', async () => {
    const before = await namesOutside()
    const inside = await readdir(data)
    for (const address of addresses)
      for (const climb of climbs) {
        const [method, target] = address(climb)
        const { status, body, headers } = await ask(method, target)
        const name = `${method} ${target}`
        assert.ok(status >= 200 && status < 500, `${status} ${name}`)
        const told = `${body}${JSON.stringify(headers)}`
        for (const secret of [CANARY, above, 'root:x:', 'node_modules', '    at '])
          assert.ok(!told.includes(secret), `${name} tells ${secret}`)
      }
    assert.deepEqual(await namesOutside(), before)
    assert.deepEqual(await readdir(data), inside)
  })

  it('a path with .. makes no repository, tag or manifest of that name', async () => {
    const { repositories } = (await server.get('/v2/_catalog')).json<{ repositories: string[] }>()
    for (const name of repositories) assert.match(name, /^[a-z0-9/._-]+$/)
    for (const name of repositories) {
      const { tags } = (await server.get(`/v2/${name}/tags/list`)).json<{ tags: string[] }>()
      for (const tag of tags) assert.match(tag, /^\w[\w.-]{0,127}$/)
    }
  })

  it('a path with .. does not leave an upload', async () => {
    const location = await openUpload(server, 'a')
    expect(await server.patch(location, { body: 'abc' }), 202)
    const uuid = location.split('/').at(-1)!
    for (const other of [
      `../uploads/${uuid}`,
      `./${uuid}`,
      `${uuid}/`,
      `${uuid}%00`,
      `${uuid}/../${uuid}`,
      uuid.toUpperCase(),
    ]) {
      const { status } = await ask('GET', `/v2/a/blobs/uploads/${other}`)
      assert.ok(status === 404 || status === 400, `${status} ${other}`)
    }
    expect(await server.get(location), 204)
  })
})
