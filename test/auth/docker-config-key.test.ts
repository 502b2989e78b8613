import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseDockerConfig } from '../../src/auth/docker-config.ts'
import { parseKey } from '../../src/auth/docker-config-key.ts'
import { KEY_RULES } from '../support/puller-key-rules.ts'

const REPOSITORIES = ['asm', 'asm/web', 'asm/web/v2', 'asmx/web', 'other', 'v2/web']
const ALL = REPOSITORIES.join(' ')
const BELOW_ASM = 'asm asm/web asm/web/v2'

/** Keys, and the repositories in which each is an account of the registry at a host. */
const TABLE: readonly (readonly [key: string, host: string, repositories: string])[] = [
  ['registry.example', 'registry.example', ALL],
  ['registry.example/', 'registry.example', ALL],
  ['https://registry.example', 'registry.example', ALL],
  ['http://registry.example', 'registry.example', ALL],
  ['https://registry.example/', 'registry.example', ALL],
  ['https://registry.example/v1/', 'registry.example', ALL],
  ['https://registry.example/v2/', 'registry.example', ALL],
  ['https://registry.example/v1', 'registry.example', ALL],
  ['registry.example/v2', 'registry.example', ALL],
  ['registry.example/v2/', 'registry.example', ALL],
  ['registry.example:5000', 'registry.example:5000', ALL],
  ['http://registry.example:5000/v2/', 'registry.example:5000', ALL],
  ['REGISTRY.example', 'registry.example', ALL],
  ['HTTPS://Registry.Example', 'registry.example', ALL],
  ['[::1]:5000', '[::1]:5000', ALL],
  ['127.0.0.1:5000', '127.0.0.1:5000', ALL],
  // A port is part of the name.
  ['registry.example', 'registry.example:5000', ''],
  ['registry.example:5000', 'registry.example', ''],
  ['registry.example:443', 'registry.example', ''],
  ['registry.example:5001', 'registry.example:5000', ''],
  // Other hosts, however similar.
  ['example', 'registry.example', ''],
  ['registry.example.org', 'registry.example', ''],
  ['sub.registry.example', 'registry.example', ''],
  ['registry-example', 'registry.example', ''],
  ['registryXexample', 'registry.example', ''],
  ['', 'registry.example', ''],
  ['/', 'registry.example', ''],
  ['evil.example/registry.example', 'registry.example', ''],
  ['https://evil.example/registry.example/v2/', 'registry.example', ''],
  ['registry.example@evil.example', 'registry.example', ''],
  ['user@registry.example', 'registry.example', ''],
  ['registry.example?', 'registry.example', ''],
  ['registry.example#x', 'registry.example', ''],
  ['registry.example\\evil', 'registry.example', ''],
  ['ftp://registry.example', 'registry.example', ''],
  // A path limits the account, in whole segments.
  ['registry.example/asm', 'registry.example', BELOW_ASM],
  ['registry.example/asm/', 'registry.example', BELOW_ASM],
  ['https://registry.example/asm', 'registry.example', BELOW_ASM],
  ['https://registry.example/v2/asm', 'registry.example', BELOW_ASM],
  ['registry.example//asm', 'registry.example', BELOW_ASM],
  ['registry.example/asm/web', 'registry.example', 'asm/web asm/web/v2'],
  ['registry.example/asm/web/v2', 'registry.example', 'asm/web/v2'],
  ['registry.example/asm/we', 'registry.example', ''],
  ['registry.example/as', 'registry.example', ''],
  ['registry.example/web', 'registry.example', ''],
  ['registry.example/ASM', 'registry.example', ''],
  ['registry.example/v2/v2/web', 'registry.example', 'v2/web'],
  // Patterns of Kubernetes, label by label.
  ['*.example', 'registry.example', ALL],
  ['reg*.example', 'registry.example', ALL],
  ['*.*', 'registry.example', ALL],
  ['https://*.example/asm', 'registry.example', BELOW_ASM],
  ['*.example:5000', 'registry.example:5000', ALL],
  ['*', 'registry.example', ''],
  ['*.example', 'a.registry.example', ''],
  ['*.example', 'example', ''],
  ['*.example', 'registry.example:5000', ''],
  ['*.example:5000', 'registry.example', ''],
  ['reg.*x', 'registry.example', ''],
  // docker stores the password of Docker Hub under a name that nobody pulls from.
  ['https://index.docker.io/v1/', 'docker.io', ALL],
  ['https://index.docker.io/v1/', 'registry-1.docker.io', ALL],
  ['docker.io', 'index.docker.io', ALL],
  ['https://index.docker.io/v1/', 'registry.example', ''],
]

const KEPT_APART = { username: 'u', password: 'p' }

function accountIn(key: string, host: string): string {
  const { accounts } = parseDockerConfig(
    JSON.stringify({ auths: { [key]: KEPT_APART } }),
    new Set([parseKey(host).host]),
  )
  const isIn = (repository: string) =>
    accounts.some(
      ({ prefix }) =>
        prefix === undefined || repository === prefix || repository.startsWith(`${prefix}/`),
    )
  return REPOSITORIES.filter(isIn).join(' ')
}

describe('a key of a dockerconfigjson', () => {
  for (const [key, host, repositories] of TABLE)
    it(`applies at ${host} to ${repositories || 'nothing'} if it is "${key}"`, () => {
      assert.equal(accountIn(key, host), repositories)
    })

  const clean = TABLE.filter(([key]) => /^[a-z0-9./:*-]+$/.test(key) && !key.includes('docker.io'))

  // Families of clients differ in how a path limits an entry: here by segments.
  it('without a path applies wherever every family of clients uses it', () => {
    for (const [key, host, repositories] of clean.filter(([name]) => parseKey(name).path === ''))
      for (const repository of REPOSITORIES)
        if (Object.values(KEY_RULES).every((takes) => takes(key, host, repository)))
          assert.ok(
            repositories.split(' ').includes(repository),
            `${key} for ${host}/${repository}`,
          )
  })

  it('applies nowhere if no family of clients uses it', () => {
    for (const [key, host, repositories] of clean)
      for (const repository of repositories.split(' ').filter(Boolean))
        assert.ok(
          Object.values(KEY_RULES).some((takes) => takes(key, host, repository)),
          `${key} for ${host}/${repository}`,
        )
  })
})
