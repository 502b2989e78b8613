import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { FAILURES } from '../../src/oci/errors.ts'
import { expect, SAFETY_HEADERS } from '../support/expected-answers.ts'
import { digest, type TestDescriptor } from '../support/manifest-texts.ts'
import { RandomRequests, type RandomRequest } from '../support/random-requests.ts'
import type { Answer } from '../support/requests.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { startTestServer } from '../support/server.ts'

const REQUESTS = 100_000
const WORKERS = 8
const SEED = Number(process.env['RANDOM_REQUESTS_SEED'] ?? 1)

const server = await startTestServer()
after(() => server.stop())

const CODES = new Set<string>(Object.values(FAILURES).map(([, code]) => code))

/** Fails unless the answer is one that this registry may give to anything. */
function expectSane(request: RandomRequest, answer: Answer): void {
  const name = `${request.method} ${request.path}: ${answer.status} ${answer.text.slice(0, 500)}`
  assert.ok(answer.status >= 200 && answer.status < 500, name)
  assert.ok(answer.headers['x-request-id'], name)
  if (request.path.startsWith('/v2'))
    for (const [header, value] of Object.entries(SAFETY_HEADERS))
      assert.equal(answer.headers[header], value, name)
  if (answer.status < 400 || request.method === 'HEAD') return
  const { errors } = answer.json<{ errors: { code: string; message: string }[] }>()
  assert.ok(CODES.has(errors[0]!.code) && errors[0]!.message.length > 0, name)
}

describe(`${REQUESTS} random requests (seed ${SEED})`, () => {
  const statuses = new Map<number, number>()
  let broken = 0

  it(`${REQUESTS} random requests (seed ${SEED}) are all answered, by anything but a failure of the server`, async (t) => {
    const generator = new RandomRequests(new SeededRandom(SEED))
    let left = REQUESTS
    const work = async () => {
      while (left-- > 0) {
        const request = generator.next()
        const answer = await server
          .send(request.method, request.path, request)
          .catch(() => undefined)
        // A session that another request took over ends its connection; so does a refused body.
        if (answer === undefined) {
          broken++
          continue
        }
        generator.heard(answer)
        expectSane(request, answer)
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: WORKERS }, work))
    const counted = [...statuses].toSorted(([a], [b]) => a - b)
    t.diagnostic(
      `${counted.map(([status, count]) => `${status}: ${count}`).join(', ')}, broken off: ${broken}`,
    )
    assert.ok(broken < REQUESTS / 20, `${broken} connections broke`)
  })

  it(`${REQUESTS} random requests (seed ${SEED}) reach every part of the registry`, () => {
    const expected = [200, 201, 202, 204, 206, 304, 400, 404, 405, 409, 412, 416]
    assert.deepEqual(
      expected.filter((status) => !statuses.has(status)),
      [],
    )
  })

  it(`${REQUESTS} random requests (seed ${SEED}) leave no errors of the server in the log`, () => {
    const bad = server.log.lines.filter(({ level }) => level === 'error' || level === 'warn')
    assert.deepEqual(bad, [])
  })

  it(`${REQUESTS} random requests (seed ${SEED}) leave a registry in which all that is listed is there and right`, async () => {
    const { repositories } = (await server.get('/v2/_catalog')).json<{ repositories: string[] }>()
    assert.ok(repositories.length > 0)
    let tagged = 0
    for (const name of repositories) {
      const { tags } = (await server.get(`/v2/${name}/tags/list`)).json<{ tags: string[] }>()
      for (const tag of tags) {
        const got = expect(await server.get(`/v2/${name}/manifests/${tag}`), 200)
        const id = String(got.headers['docker-content-digest'])
        assert.equal(digest(got.body, id.split(':')[0]), id)
        await expectContent(name, got)
        tagged++
      }
    }
    assert.ok(tagged > 0)
  })
})

/**
 * Fails unless what a manifest names can be pulled: only children of an index may have been
 * deleted.
 */
async function expectContent(name: string, manifest: Answer): Promise<void> {
  const { config, layers, blobs } = manifest.json<Record<string, TestDescriptor[] | undefined>>()
  for (const each of [config ?? [], layers ?? [], blobs ?? []].flat()) {
    const blob = expect(await server.get(`/v2/${name}/blobs/${each.digest}`), 200)
    assert.equal(digest(blob.body), each.digest)
    assert.equal(blob.body.byteLength, each.size)
  }
}
