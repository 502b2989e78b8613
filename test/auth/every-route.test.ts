import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { routeTable } from '../support/route-table.ts'
import { basic, startClosedServer } from '../support/closed-server.ts'
import { expectError } from '../support/expected-answers.ts'
import type { Answer } from '../support/requests.ts'
import {
  ACCOUNTS,
  PULLERS,
  type RouteCaller,
  routeCallers,
  RULES,
} from '../support/route-callers.ts'
import { Owner, ROUTE_REQUESTS, type RouteRequest } from '../support/route-requests.ts'

/** The answer to every kind of caller at every route. The upload sessions are those of "all". */
const TABLE = `
route                none anon refused expired narrow pull push delete foreign all operator key
ping                   401  200  401     401     200    200  200  200    200     200 200      200
ping bare              401  200  401     401     200    200  200  200    200     200 200      200
blob-get               401  401  401     401     401    200  403  403    403     200 403      200
blob-get HEAD          401  401  401     401     401    200  403  403    403     200 403      200
manifest-get           401  401  401     401     401    200  403  403    403     200 403      200
upload-start           401  401  401     401     401    403  202  403    403     202 403      202
upload-start whole     401  401  401     401     401    403  201  403    403     201 403      201
upload-append          401  401  401     202     401    403  404  403    403     202 403      404
upload-finish          401  401  401     201     401    403  404  403    403     201 403      404
manifest-put           401  401  401     401     401    403  201  403    403     201 403      201
tag-list               401  401  401     401     401    200  403  403    403     200 403      200
manifest-delete        401  401  401     401     401    403  403  202    403     202 403      202
blob-delete            401  401  401     401     401    403  403  202    403     202 403      202
referrer-list          401  401  401     401     401    200  403  403    403     200 403      200
upload-status          401  401  401     204     401    403  404  403    403     204 403      404
upload-cancel          401  401  401     204     401    403  404  403    403     204 403      404
repository-list        401  401  401     401     401    200  200  200    200     200 200      200
tag-summaries          401  401  401     401     401    200  403  403    403     200 403      200
manifest-tags          401  401  401     401     401    200  403  403    403     200 403      200
whoami                 200  200  401     401     200    200  200  200    200     200 200      200
catalog                401  401  401     401     401    200  200  200    200     200 200      200
discovery              401  200  401     401     200    200  200  200    200     200 200      200
discovery-repository   401  401  401     401     401    200  403  403    403     200 403      200
snippet                401  401  401     401     401    200  403  403    403     200 403      200
wasm-report            401  401  401     401     401    200  403  403    403     200 403      200
layout-make            401  401  401     401     401    403  201  403    403     201 403      201
wasm-report-schema     401  200  401     401     200    200  200  200    200     200 200      200
token                  200  -    401     -       -      200  200  200    200     200 200      200
token-form             200  -    401     -       -      200  200  200    200     200 200      200
access-token-list      401  401  401     401     403    403  403  403    403     403 200      200
access-token-create    401  401  401     401     403    403  403  403    403     403 201      201
access-token-revoke    401  401  401     401     403    403  403  403    403     403 204      204
backup-status          401  401  401     401     403    403  403  403    403     403 200      200
backup-start           401  401  401     401     403    403  403  403    403     403 403      202
gc-status              401  401  401     401     403    403  403  403    403     403 200      200
gc-start               401  401  401     401     403    403  403  403    403     403 202      202
scrub-status           401  401  401     401     403    403  403  403    403     403 200      200
scrub-start            401  401  401     401     403    403  403  403    403     403 202      202
wkg                    200  200  200     200     200    200  200  200    200     200 200      200
console                404  404  404     404     404    404  404  404    404     404 404      404
home                   200  200  200     200     200    200  200  200    200     200 200      200
livez                  200  200  200     200     200    200  200  200    200     200 200      200
readyz                 200  200  200     200     200    200  200  200    200     200 200      200
`

const [HEAD, ...LINES] = TABLE.trim().split('\n')
const KINDS = HEAD!.split(/ +/).slice(1)
const ROWS = new Map(
  LINES.map((line) => {
    const [name, ...statuses] = line.split(/ {2,}/)
    return [
      name!,
      new Map(
        statuses
          .join(' ')
          .split(/ +/)
          .map((status, at) => [KINDS[at], Number(status)]),
      ),
    ]
  }),
)

const directory = await mkdtemp(join(tmpdir(), 'wasmoor-pullers-'))
const dockerconfigjson = join(directory, '.dockerconfigjson')
await writeFile(dockerconfigjson, JSON.stringify(PULLERS))
const closed = await startClosedServer({
  users: ACCOUNTS,
  rules: RULES,
  settings: {
    'auth.dockerconfigjson': dockerconfigjson,
    'auth.hosts': '[registry.example]',
    'auth.tokens': 'true',
    trustedProxies: '[127.0.0.1]',
    'wkg.namespacePrefix': 'packages',
  },
})
after(async () => {
  await closed.stop()
  await rm(directory, { recursive: true })
})
const { server } = closed
const owner = new Owner(server, basic('all'), closed.admin, directory)
const callers = await routeCallers(closed)

/**
 * At these routes passwords are traded for session tokens: those who come with a token have no
 * place there.
 */
const TRADES = new Set(['token', 'token-form'])

function callersAt(route: string): RouteCaller[] {
  return callers.filter(({ kind, password }) => !TRADES.has(route) || password || kind === 'none')
}

let addresses = 0

async function ask(asked: RouteRequest, { kind, authorization }: RouteCaller): Promise<Answer> {
  const { method, path, body = '' } = asked
  const headers = {
    ...asked.headers,
    // Each from elsewhere: who guesses many passwords is slowed down.
    ...(kind === 'refused' && { 'X-Forwarded-For': `2001:db8:0:${(addresses++).toString(16)}::1` }),
    ...(authorization !== undefined && { Authorization: authorization }),
  }
  return server.send(method, path, { headers, body })
}

/** A refusal says whether other credentials would help, and which. */
function expectReason(answer: Answer, { path, method }: RouteRequest, caller: RouteCaller): void {
  const challenge = answer.headers['www-authenticate'] ?? ''
  if (method !== 'HEAD' && answer.status >= 400) {
    const codes = {
      401: 'UNAUTHORIZED',
      403: 'DENIED',
      404: path.startsWith('/ui') ? 'UNSUPPORTED' : 'BLOB_UPLOAD_UNKNOWN',
    }
    expectError(answer, answer.status, codes[answer.status as 401 | 403 | 404])
  }
  if (answer.status !== 401) assert.equal(challenge, '')
  else if (path.startsWith('/token')) assert.equal(challenge, 'Basic realm=wasmoor')
  else assert.equal(/error="(.*)"/.exec(challenge)?.[1], reasonFor(caller), challenge)
}

function reasonFor({ kind, authorization = '' }: RouteCaller): string | undefined {
  if (kind === 'narrow') return 'insufficient_scope'
  const isToken = authorization.startsWith('Bearer') && kind !== 'anon'
  return isToken ? 'invalid_token' : undefined
}

describe('every route for every kind of caller', () => {
  it('every route for every kind of caller has a row in the table, and a request', () => {
    const known = new Set([...ROWS.keys()].map((name) => name.split(' ')[0]))
    const ids = new Set(routeTable().map(({ id }) => id))
    assert.deepEqual(known, ids)
    assert.deepEqual(Object.keys(ROUTE_REQUESTS), [...ROWS.keys()])
  })

  it('every route for every kind of caller has callers of every kind', () => {
    assert.deepEqual(new Set(callers.map(({ kind }) => kind)), new Set(KINDS))
  })

  for (const [route, row] of ROWS)
    it(`every route for every kind of caller answers as the table says: ${route}`, async () => {
      for (const caller of callersAt(route)) {
        const asked = await ROUTE_REQUESTS[route]!(owner, caller.password)
        const answer = await ask(asked, caller)
        const status = row.get(caller.kind)!
        assert.equal(answer.status, status, `${caller.kind}, ${caller.name}: ${answer.text}`)
        expectReason(answer, asked, caller)
        if (status >= 400 && asked.spares !== undefined)
          assert.ok((await owner.send('GET', asked.spares)).status < 300, `${caller.name} did harm`)
      }
    })
})
