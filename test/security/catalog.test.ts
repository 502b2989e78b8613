import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import Koa from 'koa'
import type { AddressInfo } from 'node:net'
import { Authorizer } from '../../src/auth/authorizer.ts'
import type { Principal } from '../../src/auth/principal.ts'
import { AccessRules, type AccessRule } from '../../src/auth/rules.ts'
import { SealedPositions } from '../../src/auth/sealed-positions.ts'
import { Patterns } from '../../src/base/patterns.ts'
import { CatalogPaging } from '../../src/http/catalog-paging.ts'
import { errors } from '../../src/http/errors.ts'
import { listCatalog } from '../../src/http/handlers/catalog.ts'
import { listRepositories } from '../../src/http/handlers/listings.ts'
import type { HandlerContext } from '../../src/http/route.ts'
import type { CatalogView } from '../../src/registry/catalog.ts'
import type { Registry } from '../../src/registry/registry.ts'
import { catalogOf, viewOf } from '../support/counted-catalog.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { KeptLog } from '../support/kept-log.ts'
import { nextPage, Requests } from '../support/requests.ts'

/** 12,000 repositories, of which anonymous callers see the last two. */
const nameOf = (number: number) =>
  number < 11_998 ? `team${number % 300}/app${number}` : `visible/${number}`
const isVisible = (name: string) => name.startsWith('visible/')
const ANONYMOUS: AccessRule = {
  repositories: ['visible/**'],
  grants: [{ anonymous: true, actions: ['pull'] }],
}

/** Serves the two lists of repositories over HTTP to callers with this view. */
async function serve(view: CatalogView, key = 1): Promise<Requests> {
  const { catalog } = catalogOf(12_000, nameOf)
  const tags = { listNewest: async () => ({ entries: [], more: false }) }
  const registry = { catalog, tags } as unknown as Registry
  const paging = new CatalogPaging(new SealedPositions(new Uint8Array(32).fill(key)))
  const list = listCatalog(registry, paging)
  const listForPeople = listRepositories(registry, {} as never, paging)
  const app = new Koa()
  app.use(errors(new KeptLog()))
  app.use(async (ctx) => {
    ctx.state = { permit: view, client: '', memory: { hold: async () => undefined } }
    await (ctx.path === '/v2/_catalog' ? list : listForPeople)(ctx as HandlerContext)
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const requests = new Requests({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  after(() => {
    requests.close()
    server.close()
  })
  return requests
}

const PATHS = ['/v2/_catalog', '/v2/_wasmoor/repositories']
/** The view of a caller of which nothing is known but the single names. */
const server = await serve(viewOf(isVisible))

describe('a page of the catalog that ends at a hidden repository', () => {
  it('M6: continues from a position that names none, whatever position it began at', async () => {
    for (const path of PATHS) {
      for (const start of ['', '&last=', '&last=team1', '&last=team2/app2']) {
        const answer = expect(await server.get(`${path}?n=50${start}`), 200)
        const next = nextPage(answer)
        if (next === undefined) continue
        const last = new URLSearchParams(next.slice(next.indexOf('?'))).get('last')!
        assert.match(last, /^~[\w-]+$/)
        assert.doesNotMatch(Buffer.from(last.slice(1), 'base64url').toString('latin1'), /team|app/)
        const again = expect(await server.get(`${path}?n=50${start}`), 200)
        assert.equal(nextPage(again)?.length, next.length)
      }
    }
  })

  it('M6: leads to every visible repository, also with names as positions', async () => {
    for (const path of PATHS) {
      const names: string[] = []
      for (let page: string | undefined = `${path}?n=1`; page !== undefined;) {
        const answer = expect(await server.get(page), 200)
        const { repositories } = answer.json<{ repositories: (string | { name: string })[] }>()
        names.push(...repositories.map((each) => (typeof each === 'string' ? each : each.name)))
        page = nextPage(answer)
        // After a repository that is listed, its name is the position.
        if (repositories.length > 0 && page) assert.match(page, /last=visible%2F11998$/)
      }
      assert.deepEqual(names, ['visible/11998', 'visible/11999'])
    }
  })

  it('M6: refuses a position that was changed or sealed by another installation', async () => {
    const next = nextPage(await server.get('/v2/_catalog?n=1'))!
    const other = await serve(viewOf(isVisible), 2)
    expectError(await other.get(next), 400, 'UNSUPPORTED')
    const changed = next.replace(
      /(last=%7E.{100})(.)/,
      (_, start, one) => `${String(start)}${one === 'A' ? 'B' : 'A'}`,
    )
    assert.notEqual(changed, next)
    expectError(await server.get(changed), 400, 'UNSUPPORTED')
    expectError(await server.get(`/v2/_catalog?last=~${'A'.repeat(379)}`), 400, 'UNSUPPORTED')
  })
})

describe('the catalog of a caller that may see little', () => {
  const rules = (...list: AccessRule[]) => new AccessRules(list, {})
  const viewBy = (access: AccessRules, principal?: Principal): CatalogView => {
    const authorizer = new Authorizer(access, false)
    const caller = { ...(principal && { principal }), expired: false }
    return {
      couldPull: (name) => (authorizer.possibleActions(caller, name) & 1) !== 0,
      couldPullSome: (head) => authorizer.couldPullSome(caller, head),
    }
  }

  it('L8: skips whole ranges of names that no rule lets it see', async () => {
    const many = Array.from({ length: 50 }, (_, at) => ({
      repositories: [`team${at}/**`],
      grants: [{ users: ['somebody'], actions: ['pull'] }],
    }))
    const token: Principal = {
      name: 'robot',
      credential: 'wsm_1',
      limit: { repositories: new Patterns(['visible/*']), actions: 1 },
    }
    const everybody = { repositories: ['**'], grants: [{ users: ['robot'], actions: ['pull'] }] }
    const hidden = { repositories: ['team**'], grants: [] }
    for (const view of [
      viewBy(rules(...many, ANONYMOUS)),
      viewBy(rules(everybody), token),
      viewBy(rules(everybody), { name: 'x', credential: 'y', puller: true, prefixes: ['visible'] }),
      viewBy(rules(hidden, { ...ANONYMOUS, repositories: ['**'] })),
    ]) {
      const { catalog, reads } = catalogOf(12_000, nameOf)
      const page = await catalog.list({ limit: 1000 }, view)
      assert.deepEqual(
        page.entries.map(({ name }) => name),
        ['visible/11998', 'visible/11999'],
      )
      assert.equal(page.more, false)
      const read = reads.reduce((one, other) => one + other)
      assert.ok(read <= 1500, `${read} names read`)
    }
  })

  it('L8: leaves out no repository that it may see', async () => {
    const piece = fc.constantFrom('a', 'b', '/', '*', '**', '?')
    const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((all) => all.join(''))
    const rule = fc.record({
      repositories: fc.array(pattern, { minLength: 1, maxLength: 3 }),
      grants: fc.constantFrom([], ANONYMOUS.grants),
    })
    const names = fc.uniqueArray(fc.stringMatching(/^[ab]{1,2}(\/[ab]{1,2}){0,2}$/), {
      minLength: 1,
      maxLength: 30,
    })
    const property = fc.asyncProperty(
      fc.array(rule, { maxLength: 4 }),
      names,
      async (list, all) => {
        const view = viewBy(rules(...list))
        const { catalog } = catalogOf(all.length, (at) => all[at]!)
        const { entries } = await catalog.list({ limit: 100 }, view)
        const expected = all.filter((name) => view.couldPull(name)).toSorted()
        assert.deepEqual(
          entries.map(({ name }) => name),
          expected,
        )
      },
    )
    await fc.assert(property, { numRuns: 500 })
  })
})
