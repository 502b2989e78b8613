import { type ActionSet, actionSet, ALL, includes, NONE, PULL } from './actions.ts'
import { anyPattern, type Matcher } from '../base/patterns.ts'

export interface Grant {
  readonly users?: readonly string[] | undefined
  readonly groups?: readonly string[] | undefined
  /** Whether callers without credentials are meant, too. */
  readonly anonymous?: boolean | undefined
  /** `pull`, `push`, `delete`; `admin` for the operator routes, in a rule for `**`. */
  readonly actions: readonly string[]
}

export interface AccessRule {
  readonly repositories: readonly string[]
  readonly grants: readonly Grant[]
}

interface CompiledRule {
  readonly matches: Matcher
  readonly everywhere: boolean
  readonly grants: readonly CompiledGrant[]
}

interface CompiledGrant {
  readonly users: ReadonlySet<string>
  readonly anonymous: boolean
  readonly actions: ActionSet
  readonly admin: boolean
}

/** Access rules: of those for a repository the first decides, and what it grants adds up. */
export class AccessRules {
  readonly #rules: readonly CompiledRule[]
  /** Whether there are rules at all; without, an account may do everything and nobody else anything. */
  readonly present: boolean

  /** @throws Error for the operator */
  constructor(rules: readonly AccessRule[], groups: Readonly<Record<string, readonly string[]>>) {
    this.present = rules.length > 0
    this.#rules = rules.map(({ repositories, grants }) => {
      const everywhere = repositories.includes('**')
      const compiled = grants.map((grant) => compile(grant, groups))
      if (!everywhere && compiled.some(({ admin }) => admin))
        throw new Error("auth.rules: admin belongs to no repository: give it in the rule for '**'")
      return { matches: anyPattern(repositories), everywhere, grants: compiled }
    })
  }

  /** What is granted in a repository; `user` undefined is a caller without credentials. */
  actions(repository: string, user: string | undefined): ActionSet {
    if (!this.present) return user === undefined ? NONE : ALL
    const rule = this.#rules.find(({ matches }) => matches(repository))
    return (rule?.grants ?? [])
      .filter((grant) => means(grant, user))
      .reduce((set, { actions }) => set | actions, NONE)
  }

  /** Operator routes belong to no repository: the first rule for `**` decides. */
  isAdmin(user: string): boolean {
    const rule = this.#rules.find(({ everywhere }) => everywhere)
    return (rule?.grants ?? []).some((grant) => grant.admin && means(grant, user))
  }

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
    throw new Error(`auth.rules names the group ${group}, which auth.groups does not have`)
  })
  const anonymous = grant.anonymous ?? false
  const admin = grant.actions.includes('admin')
  if (anonymous && admin) throw new Error('auth.rules: admin cannot be given to anonymous callers')
  return {
    users: new Set([...(grant.users ?? []), ...members]),
    anonymous,
    actions: actionSet(grant.actions),
    admin,
  }
}

/** What everybody may, accounts may too. */
function means({ users, anonymous }: CompiledGrant, user: string | undefined): boolean {
  return anonymous || (user !== undefined && users.has(user))
}
