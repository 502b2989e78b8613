import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { secretDocument } from '../../console/artifact/secret-document.ts'

describe('the pull secret that the console writes', () => {
  it('is a dockerconfigjson Secret, whatever is typed', () => {
    const text = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(text, text, text, text, (account, password, name, namespace) => {
        const host = 'registry.example:5000'
        const wanted = { host, account, password, name, namespace }
        const { stringData, ...rest } = parse(secretDocument(wanted)) as {
          stringData: Record<string, string>
        }
        assert.deepEqual(rest, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name, namespace },
          type: 'kubernetes.io/dockerconfigjson',
        })
        assert.deepEqual(Object.keys(stringData), ['.dockerconfigjson'])
        assert.deepEqual(JSON.parse(stringData['.dockerconfigjson']!), {
          auths: { [host]: { username: account, password } },
        })
      }),
      { seed: 3, numRuns: 200 },
    )
  })
})
