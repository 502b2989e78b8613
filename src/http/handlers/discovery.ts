import { sendJson } from '../answers.ts'
import type { Handler, Route } from '../route.ts'

const SPECIFICATION =
  'https://github.com/opencontainers/distribution-spec/blob/main/extensions/README.md'

/** Extensions whose documents are elsewhere. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  _catalog: 'https://distribution.github.io/distribution/spec/api/#listing-repositories',
}

interface Extension {
  readonly name: string
  readonly url: string
  readonly description: string
  readonly endpoints: readonly string[]
}

/**
 * distribution-spec, "Extensions API for Distribution": the routes that are extensions, of the
 * registry or of its repositories.
 * @param table the routes, asked for when the first request arrives
 */
export function discover(scope: 'registry' | 'repository', table: () => readonly Route[]): Handler {
  let extensions: readonly Extension[] | undefined
  return async (ctx) => {
    extensions ??= extensionsOf(table(), scope)
    sendJson(ctx, { extensions })
  }
}

function extensionsOf(table: readonly Route[], scope: 'registry' | 'repository'): Extension[] {
  const base = scope === 'registry' ? '/v2/' : '/v2/*name/'
  const names = new Map<string, { endpoints: Set<string>; descriptions: Set<string> }>()
  for (const { path, extension } of table) {
    if (extension === undefined || !path.startsWith(`${base}_`)) continue
    const endpoint = path.slice(base.length).replace(/\/:.*$/, '')
    const name = endpoint.split('/')[0]!
    const entry = names.get(name) ?? { endpoints: new Set(), descriptions: new Set() }
    entry.endpoints.add(endpoint)
    entry.descriptions.add(extension)
    names.set(name, entry)
  }
  return [...names].map(([name, { endpoints, descriptions }]) => ({
    name,
    url: DOCUMENTS[name] ?? SPECIFICATION,
    description: [...descriptions].join('; '),
    endpoints: [...endpoints],
  }))
}
