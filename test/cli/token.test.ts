import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { UsageError } from '../../src/cli/command.ts'
import { run } from '../../src/cli/run.ts'
import { tokenCreateCommand } from '../../src/cli/token-create.ts'
import { tokenListCommand } from '../../src/cli/token-list.ts'
import { tokenRevokeCommand } from '../../src/cli/token-revoke.ts'
import type { AccessToken, CreatedAccessToken } from '../../src/api/access-tokens.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const limits = ['--owner', 'ci', '--repositories', 'asm/**']

let server: TestServer
let elsewhere: string

before(async () => {
  server = await startTestServer({ 'auth.tokens': 'true' })
  elsewhere = await mkdtemp(join(tmpdir(), 'wasmoor-token-'))
})
after(async () => {
  await server.stop()
  await rm(elsewhere, { recursive: true })
})

async function token(...words: string[]): Promise<string> {
  let printed = ''
  await run(
    ['token', ...words],
    [tokenCreateCommand, tokenListCommand, tokenRevokeCommand],
    (text) => (printed += text),
  )
  return printed
}

const place = () => ['--port', String(server.port), '--data', server.data]

async function create(...words: string[]): Promise<CreatedAccessToken> {
  return JSON.parse(await token('create', '--json', ...words, ...place())) as CreatedAccessToken
}

async function list(): Promise<AccessToken[]> {
  return JSON.parse(await token('list', '--json', ...place())) as AccessToken[]
}

async function statusWith(secret: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`any:${secret}`).toString('base64')}`
  return (await server.send('GET', '/v2/', { headers: { authorization } })).status
}

describe('wasmoor token', () => {
  it('creates, lists and revokes a token', async () => {
    const made = await create(...limits, '--repositories', 'web,team-?/x', '--actions', 'pull,push')
    assert.match(made.secret, /^wsm_[0-9A-Za-z]{42}$/)
    assert.equal(await statusWith(made.secret), 200)
    const [listed] = await list()
    assert.deepEqual(
      [listed?.id, listed?.owner, listed?.repositories, listed?.actions, listed?.expiresAt],
      [made.id, 'ci', ['asm/**', 'web', 'team-?/x'], ['pull', 'push'], undefined],
    )
    assert.equal(await token('revoke', made.id, ...place()), `revoked ${made.id}\n`)
    assert.equal(await statusWith(made.secret), 401)
    assert.deepEqual(await list(), [])
    await assert.rejects(token('revoke', made.id, ...place()), /no access token with this id/)
  })

  it('creates a token that expires', async () => {
    const made = await create(...limits, '--expires', '30m')
    assert.deepEqual(made.actions, ['pull'])
    // The server looks at its clock for each of the two.
    const lifetime = (made.expiresAt ?? 0) - made.createdAt
    assert.ok(Math.abs(lifetime - 30 * 60_000) < 1000, `${lifetime} ms`)
    await token('revoke', made.id, ...place())
  })

  it('prints text and a table without --json', async () => {
    const printed = await token('create', ...limits, '--expires', '1h', ...place())
    assert.match(
      printed,
      /^token {4}wsm_\w{42}\nid {7}\w{16}\nexpires {2}20\S+Z\n\n.*not shown again/,
    )
    const table = (await token('list', ...place())).trimEnd().split('\n')
    assert.match(table[0] ?? '', /^ID +OWNER +REPOSITORIES +ACTIONS +CREATED +EXPIRES +LAST USED$/)
    assert.match(table[1] ?? '', /^\w{16} +ci +asm\/\*\* +pull +20\S+Z +20\S+Z +never$/)
    await token('revoke', /id +(\w+)/.exec(printed)?.[1] ?? '', ...place())
  })

  it('lists more tokens than a page holds', async () => {
    const wanted = { owner: 'many', repositories: ['**'], actions: ['pull'] }
    const key = (await readFile(join(server.data, 'admin.key'), 'utf8')).trim()
    const authorization = `Basic ${Buffer.from(`x:${key}`).toString('base64')}`
    const body = JSON.stringify(wanted)
    for (let made = 0; made < 1001; made++) {
      await server.send('POST', '/v2/_wasmoor/tokens', { headers: { authorization }, body })
    }
    const listed = (await list()).filter(({ owner }) => owner === wanted.owner)
    assert.equal(new Set(listed.map(({ id }) => id)).size, 1001)
  })

  it('prints why the server rejects a request', async () => {
    const badOwner = ['--owner', '-', '--repositories', '**']
    await assert.rejects(create(...badOwner), /^Error: owner: /)
    const closed = await startTestServer()
    const there = ['--port', String(closed.port), '--data', closed.data]
    await assert.rejects(token('create', ...limits, ...there), /set auth\.tokens to true/)
    await closed.stop()
  })

  it('names the file of an admin key that is missing or wrong, never the key', async () => {
    const missing = token('list', '--port', String(server.port), '--data', elsewhere)
    await assert.rejects(missing, /^Error: no admin key: give the data directory .*--data$/)
    const stranger = await startTestServer({ 'auth.tokens': 'true' })
    const wrong = token('list', '--port', String(server.port), '--data', stranger.data)
    await assert.rejects(wrong, (error: Error) => {
      assert.match(error.message, /rejects the key in .*admin\.key: give the data directory/)
      assert.doesNotMatch(error.message, /wsmadmin_/)
      return true
    })
    await stranger.stop()
  })

  it('fails if no server is listening', async () => {
    const there = ['--port', '1', '--data', server.data]
    await assert.rejects(token('list', ...there), /tokens\?n=1000: connect ECONNREFUSED/)
  })

  for (const [words, message] of [
    [['create', '--repositories', '**'], /missing --owner/],
    [['create', '--owner', 'ci'], /missing --repositories/],
    [['create', ...limits, '--expires', 'soon'], /--expires soon: use a duration/],
    [['create', ...limits, '--expires', '0h'], /--expires 0h/],
    [['create', ...limits, '--actions', 'fly'], /--actions fly: use pull, push, delete/],
    [['revoke'], /missing argument: ID/],
    [[], /^missing subcommand: use token create, token list, token revoke\n/],
    [['lst'], /^unknown command token lst; did you mean token list\?/],
  ] as const) {
    it(`rejects token ${words.join(' ')}`, async () => {
      await assert.rejects(token(...words), (error) => {
        assert.ok(error instanceof UsageError, String(error))
        assert.match(error.message, message)
        return true
      })
    })
  }
})
