import { type ActionSet, actionSet, ALL, includes, NONE, PULL } from './actions.ts'
import { Patterns } from '../base/patterns.ts'

export interface Grant {
  readonly users?: readonly string[] | undefined
  readonly groups?: readonly string[] | undefined
  /** Whether the grant includes anonymous callers. */
  readonly anonymous?: boolean | undefined
  /** `pull`, `push`, `delete`; in a rule for `**` also `admin`, for the operator routes. */
  readonly actions: readonly string[]
}

export interface AccessRule {
  readonly repositories: readonly string[]
  readonly grants: readonly Grant[]
}

interface CompiledRule {
  readonly repositories: Patterns
  /** Whether `**` is one of its patterns. */
  readonly everywhere: boolean
  readonly grants: readonly CompiledGrant[]
}

interface CompiledGrant {
  readonly users: ReadonlySet<string>
  readonly anonymous: boolean
  readonly actions: ActionSet
  readonly admin: boolean
}

/**
 * The access rules. The first rule with a pattern for a repository applies, with all its grants.
 */
export class AccessRules {
  readonly #rules: readonly CompiledRule[]
  /**
   * Whether there are any rules. Without rules, accounts may do everything, and anonymous callers
   * nothing.
   */
  readonly present: boolean

  /** @throws Error for an invalid rule */
  constructor(rules: readonly AccessRule[], groups: Readonly<Record<string, readonly string[]>>) {
    this.present = rules.length > 0
    this.#rules = rules.map(({ repositories, grants }) => {
      const everywhere = repositories.includes('**')
      const compiled = grants.map((grant) => compile(grant, groups))
      if (!everywhere && compiled.some(({ admin }) => admin))
        throw new Error("auth.rules: the action admin is only possible in a rule for '**'")
      return { repositories: new Patterns(repositories), everywhere, grants: compiled }
    })
  }

  /** @param user undefined for an anonymous caller */
  actions(repository: string, user: string | undefined): ActionSet {
    if (!this.present) return user === undefined ? NONE : ALL
    const rule = this.#rules.find(({ repositories }) => repositories.matches(repository))
    return (rule?.grants ?? [])
      .filter((grant) => appliesTo(grant, user))
      .reduce((set, { actions }) => set | actions, NONE)
  }

  /**
   * Whether there can be a repository, with a name that begins with `head`, from which a user may
   * pull. True in doubt.
   */
  mayPullSome(head: string, user: string | undefined): boolean {
    if (!this.present) return user !== undefined
    for (const { repositories, grants } of this.#rules) {
      if (!repositories.matchesSomeWith(head)) continue
      if (grants.some((grant) => appliesTo(grant, user) && includes(grant.actions, PULL)))
        return true
      // The rules after this one apply to none of these names.
      if (repositories.matchesAllWith(head)) return false
    }
    return false
  }

  /** Whether the first rule for `**` grants a user the operator routes. */
  isAdmin(user: string): boolean {
    const rule = this.#rules.find(({ everywhere }) => everywhere)
    return (rule?.grants ?? []).some((grant) => grant.admin && appliesTo(grant, user))
  }

  /** Whether any rule allows anonymous callers to pull. */
  get anonymousPull(): boolean {
    return this.#rules.some(({ grants }) =>
      grants.some(({ anonymous, actions }) => anonymous && includes(actions, PULL)),
    )
  }
}

function compile(grant: Grant, groups: Readonly<Record<string, readonly string[]>>): CompiledGrant {
  const members = (grant.groups ?? []).flatMap((group) => {
    const names = Object.hasOwn(groups, group) ? groups[group] : undefined
    if (names) return names
    throw new Error(`auth.rules: there is no group ${group} in auth.groups`)
  })
  const anonymous = grant.anonymous ?? false
  const admin = grant.actions.includes('admin')
  if (anonymous && admin)
    throw new Error('auth.rules: anonymous callers cannot have the action admin')
  return {
    users: new Set([...(grant.users ?? []), ...members]),
    anonymous,
    actions: actionSet(grant.actions),
    admin,
  }
}

/** Whether a grant applies to a user. Grants to anonymous callers also apply to accounts. */
function appliesTo({ users, anonymous }: CompiledGrant, user: string | undefined): boolean {
  return anonymous || (user !== undefined && users.has(user))
}
