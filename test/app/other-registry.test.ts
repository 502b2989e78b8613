import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { importRegistryCommand } from '../../src/cli/import-registry.ts'
import { run } from '../../src/cli/run.ts'
import { DistributionTree } from '../support/distribution-tree.ts'
import { image } from '../support/manifest-texts.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

describe('starting on a data directory of registry:3', () => {
  it('warns the operator, and import-registry imports the content in place', async (test) => {
    const data = await temporaryDirectory(test)
    const tree = new DistributionTree(data)
    await tree.layer('a/b', '{}')
    await tree.layer('a/b', 'layer')
    await tree.manifest('a/b', image({ layers: [] }), 'v1')
    const server = await startTestServer({ data }, test)
    assert.equal(warnings(server).length, 1)
    const words = ['import-registry', data, '--data', data, '--port', String(server.port)]
    assert.equal(await run(words, [importRegistryCommand], () => undefined), 0)
    assert.equal((await server.get('/v2/a/b/manifests/v1')).text, image({ layers: [] }))
  })

  it('logs no warning for any other data directory', async (test) => {
    assert.deepEqual(warnings(await startTestServer({}, test)), [])
  })
})

function warnings({ log }: TestServer): string[] {
  const messages = log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
  return messages.filter((message) => message.includes('wasmoor import-registry imports them'))
}
