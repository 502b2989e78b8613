import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { actionNames } from '../../src/auth/actions.ts'
import { AccessRules, type Grant, type AccessRule } from '../../src/auth/rules.ts'

const may = (rules: AccessRules, repository: string, user?: string) =>
  actionNames(rules.actions(repository, user)).join(' ')

const grant = (who: Omit<Grant, 'actions'>, ...actions: string[]): Grant => ({ ...who, actions })

const rule = (patterns: string, ...grants: Grant[]): AccessRule => ({
  repositories: patterns.split(' '),
  grants,
})

const groups = { ci: ['alice', 'bob'], empty: [], __proto__: ['nobody'] }

describe('access rules', () => {
  it('allow accounts everything and others nothing if there are none', () => {
    const rules = new AccessRules([], groups)
    assert.equal(may(rules, 'a', 'alice'), 'pull push delete')
    assert.equal(may(rules, 'a'), '')
    assert.equal(rules.present, false)
    assert.equal(rules.anonymousPull, false)
    assert.equal(rules.isAdmin('alice'), false)
  })

  it('apply the first rule with a pattern for the repository', () => {
    const rules = new AccessRules(
      [
        rule('asm/secret', grant({ users: ['alice'] }, 'pull')),
        rule('web asm/**', grant({ users: ['bob'] }, 'pull', 'push')),
        rule('**', grant({ users: ['alice', 'bob'] }, 'pull', 'push', 'delete')),
      ],
      groups,
    )
    assert.equal(may(rules, 'asm/secret', 'alice'), 'pull')
    assert.equal(may(rules, 'asm/secret', 'bob'), '')
    assert.equal(may(rules, 'asm/x', 'alice'), '')
    assert.equal(may(rules, 'web', 'bob'), 'pull push')
    assert.equal(may(rules, 'asm', 'alice'), 'pull push delete')
    assert.equal(may(rules, 'other', 'carol'), '')
  })

  it('deny everything in a repository that no pattern matches', () => {
    const rules = new AccessRules([rule('asm/**', grant({ anonymous: true }, 'pull'))], groups)
    assert.equal(may(rules, 'asm', 'alice'), '')
    assert.equal(may(rules, 'asm'), '')
  })

  it('add up the grants of a rule', () => {
    const rules = new AccessRules(
      [
        rule(
          '**',
          grant({ anonymous: true }, 'pull'),
          grant({ groups: ['ci'] }, 'push'),
          grant({ users: ['alice'] }, 'delete'),
          grant({ users: ['dave'], groups: ['empty'] }, 'delete'),
          grant({}, 'pull', 'push', 'delete'),
        ),
      ],
      groups,
    )
    assert.equal(may(rules, 'x', 'alice'), 'pull push delete')
    assert.equal(may(rules, 'x', 'bob'), 'pull push')
    assert.equal(may(rules, 'x', 'carol'), 'pull')
    assert.equal(may(rules, 'x', 'dave'), 'pull delete')
    assert.equal(may(rules, 'x'), 'pull')
    assert.equal(rules.anonymousPull, true)
  })

  it('give anonymous callers only anonymous grants', () => {
    const rules = new AccessRules([rule('**', grant({ users: [''] }, 'pull'))], groups)
    assert.equal(may(rules, 'x'), '')
    assert.equal(rules.anonymousPull, false)
    const push = new AccessRules([rule('**', grant({ anonymous: true }, 'push'))], groups)
    assert.equal(push.anonymousPull, false)
  })

  it('take admins from the first rule for ** only', () => {
    const rules = new AccessRules(
      [
        rule('asm/**', grant({ users: ['alice'] }, 'pull')),
        rule('**', grant({ users: ['alice'] }, 'admin'), grant({ groups: ['ci'] }, 'pull')),
        rule('**', grant({ users: ['carol'] }, 'admin')),
      ],
      groups,
    )
    assert.equal(rules.isAdmin('alice'), true)
    assert.equal(rules.isAdmin('bob'), false)
    assert.equal(rules.isAdmin('carol'), false)
    assert.equal(may(rules, 'web', 'alice'), 'pull')
  })

  it('are rejected with unknown groups, or admin for a pattern or anonymous callers', () => {
    const refused = (one: AccessRule, reason: RegExp) =>
      assert.throws(() => new AccessRules([one], groups), reason)
    refused(
      rule('**', grant({ groups: ['none'] }, 'pull')),
      /there is no group none in auth\.groups/,
    )
    refused(rule('**', grant({ groups: ['toString'] }, 'pull')), /no group toString/)
    refused(
      rule('asm/**', grant({ users: ['a'] }, 'admin')),
      /the action admin is only possible in a rule for/,
    )
    refused(
      rule('**', grant({ anonymous: true }, 'admin')),
      /anonymous callers cannot have the action admin/,
    )
  })

  it('never allow an action that no grant for the caller contains', () => {
    const names = fc.constantFrom('alice', 'bob', 'carol')
    const patterns = fc.constantFrom('**', 'a/**', 'a/*', 'b', '?', 'a/b')
    const actions = fc.subarray(['pull', 'push', 'delete'], { minLength: 1 })
    const grants = fc.record({
      users: fc.array(names),
      groups: fc.subarray(['ci', 'empty']),
      anonymous: fc.boolean(),
      actions,
    })
    const some = fc.array(
      fc.record({ repositories: fc.array(patterns, { minLength: 1 }), grants: fc.array(grants) }),
      { minLength: 1 },
    )
    const who = fc.option(names, { nil: undefined })
    fc.assert(
      fc.property(some, fc.constantFrom('a', 'b', 'a/b', 'a/b/c'), who, (all, repository, user) => {
        const first = all.find(({ repositories }) =>
          repositories.some((one) => MATCHES[one]!.includes(repository)),
        )
        const meant = (first?.grants ?? []).filter(
          (one) =>
            one.anonymous ||
            (user !== undefined &&
              (one.users.includes(user) || (one.groups.includes('ci') && user !== 'carol'))),
        )
        const expected = ['pull', 'push', 'delete'].filter((action) =>
          meant.some((one) => one.actions.includes(action)),
        )
        assert.equal(may(new AccessRules(all, groups), repository, user), expected.join(' '))
      }),
    )
  })
})

/** The repositories that each of the patterns above matches. */
const MATCHES: Readonly<Record<string, readonly string[]>> = {
  '**': ['a', 'b', 'a/b', 'a/b/c'],
  'a/**': ['a/b', 'a/b/c'],
  'a/*': ['a/b'],
  b: ['b'],
  '?': ['a', 'b'],
  'a/b': ['a/b'],
}
