import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { startTestServer } from '../support/server.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const server = await startTestServer()
after(() => server.stop())
const key = (await readFile(join(server.data, 'admin.key'), 'utf8')).trim()
const Authorization = `Basic ${Buffer.from(`admin:${key}`).toString('base64')}`

async function refusal(path: string, body: string): Promise<string> {
  const answer = await server.send('POST', `/v2/_wasmoor/${path}`, {
    headers: { Authorization },
    body,
  })
  const { errors } = answer.json<{ errors: { message: string }[] }>()
  assert.ok(answer.status === 400 || answer.status === 413, answer.text)
  return errors[0]!.message
}

describe('the JSON body of an operator request', () => {
  it('that is too long is refused under its own name, not as a manifest', async () => {
    const message = await refusal('gc', JSON.stringify({ dryRun: true, more: 'x'.repeat(2000) }))
    assert.equal(message, 'a JSON body may have at most 1024 bytes here')
  })

  it('that is not JSON is answered with an example', async () => {
    assert.equal(
      await refusal('gc', '{'),
      'the body is not JSON; send nothing, or JSON such as {"dryRun":true}',
    )
    assert.match(
      await refusal('backup', '{'),
      /^the body is not JSON; send JSON such as \{"directory"/,
    )
  })

  it('that does not fit the schema is answered with the field and an example', async () => {
    assert.match(
      await refusal('gc', '{"dryRun":1}'),
      /^dryRun: .*boolean.*; send nothing, or JSON such as/,
    )
    assert.match(await refusal('backup', '{}'), /^directory: .*; send JSON such as/)
    assert.match(await refusal('backup', ''), /^the body is not JSON; send JSON such as/)
  })
})
