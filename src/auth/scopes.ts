import { isRepositoryName } from '../oci/name.ts'
import { actionNames, type ActionSet, actionSet, NONE } from './actions.ts'

/**
 * One resource of a token scope: `repository:<name>:<action>,…`, `registry:catalog:*`
 * `registry:wasmoor:*` or `registry:account:*`.
 */
export interface Scope {
  readonly type: 'repository' | 'registry'
  readonly name: string
  readonly actions: ActionSet
}

/** The `access` claim of a token, as other registries write it. */
export interface AccessClaim {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

const MOST_SCOPES = 200

/**
 * Parses scopes as clients send them: several parameters, several scopes in one parameter, the same
 * repository more than once. Unknown scopes are ignored, because asking for too much is not an
 * error. A name can contain a port, so the first and the last ":" separate the parts.
 */
export function parseScopes(parameters: readonly string[]): Scope[] {
  const byName = new Map<string, Scope>()
  for (const text of parameters
    .flatMap((parameter) => parameter.split(' '))
    .slice(0, MOST_SCOPES)) {
    const scope = parseScope(text)
    if (scope === undefined) continue
    const key = `${scope.type}:${scope.name}`
    const actions = scope.actions | (byName.get(key)?.actions ?? NONE)
    byName.set(key, scope.type === 'registry' ? scope : { ...scope, actions })
  }
  return [...byName.values()]
}

function parseScope(text: string): Scope | undefined {
  const first = text.indexOf(':')
  const last = text.lastIndexOf(':')
  if (first === last) return undefined
  // "repository(plugin)": the class in parentheses is obsolete.
  const type = text.slice(0, first).replace(/\([a-z0-9]+\)$/, '')
  const name = text.slice(first + 1, last)
  if (type === 'registry') return [CATALOG, OPERATE, ACCOUNT].find((scope) => scope.name === name)
  if (type !== 'repository' || !isRepositoryName(name)) return undefined
  return { type, name, actions: actionSet(text.slice(last + 1).split(',')) }
}

export function repositoryScope(name: string, actions: ActionSet): Scope {
  return { type: 'repository', name, actions }
}

export const CATALOG: Scope = { type: 'registry', name: 'catalog', actions: NONE }

/** The operator routes, `/v2/_wasmoor/…`. */
export const OPERATE: Scope = { type: 'registry', name: 'wasmoor', actions: NONE }

/**
 * All rights of the account in repositories, looked up on every request: for a person in a browser,
 * whose requests are not known in advance.
 */
export const ACCOUNT: Scope = { type: 'registry', name: 'account', actions: NONE }

export function formatScope({ type, name, actions }: Scope): string {
  return `${type}:${name}:${type === 'registry' ? '*' : actionNames(actions).join(',')}`
}

export function toClaim({ type, name, actions }: Scope): AccessClaim {
  return { type, name, actions: type === 'registry' ? ['*'] : actionNames(actions) }
}
