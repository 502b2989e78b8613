import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { parseDockerConfig } from '../../src/auth/docker-config.ts'
import { dockerConfig, kubernetesSecret } from '../../src/api/pull-secret.ts'

const login = { host: '127.0.0.1:5000', username: 'mesh', password: 'p@ss:wörd' }

describe("docker's config.json of a login", () => {
  it('has the user name and password, and both together in Base64', () => {
    const auth = Buffer.from('mesh:p@ss:wörd').toString('base64')
    assert.deepEqual(dockerConfig(login), {
      auths: { '127.0.0.1:5000': { username: 'mesh', password: 'p@ss:wörd', auth } },
    })
  })

  it('can be read as a list of accounts by the registry itself', () => {
    const text = JSON.stringify(dockerConfig(login))
    const { accounts } = parseDockerConfig(text, new Set([login.host]))
    assert.deepEqual(accounts, [{ username: 'mesh', password: 'p@ss:wörd' }])
  })
})

describe('the Kubernetes Secret of a login', () => {
  it('is a dockerconfigjson Secret, whatever the texts in it are', () => {
    const text = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(text, text, text, text, (username, password, name, namespace) => {
        const { host } = login
        const document = kubernetesSecret({ host, username, password }, name, namespace)
        const { stringData, ...rest } = parse(document) as { stringData: Record<string, string> }
        assert.deepEqual(rest, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name, namespace },
          type: 'kubernetes.io/dockerconfigjson',
        })
        assert.deepEqual(Object.keys(stringData), ['.dockerconfigjson'])
        assert.deepEqual(
          JSON.parse(stringData['.dockerconfigjson']!),
          dockerConfig({ host, username, password }),
        )
      }),
      { seed: 3, numRuns: 200 },
    )
  })

  it('contains no character that YAML does not allow unescaped', () => {
    const forbidden = '\u007f\u0085\u2028\ufeff'
    const document = kubernetesSecret({ ...login, password: forbidden }, forbidden, 'default')
    assert.doesNotMatch(document, new RegExp(`[${forbidden}]`))
    assert.equal((parse(document) as { metadata: { name: string } }).metadata.name, forbidden)
  })
})
