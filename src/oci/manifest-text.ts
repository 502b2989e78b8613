import { invalid } from './descriptor.ts'
import { RegistryError } from './errors.ts'

/**
 * Commas, braces and brackets of a manifest. One of 200 layers with annotations has about 3,000.
 */
const MOST_PARTS = 50_000
const DEEPEST = 64

/** An object whose members mean something to clients. */
interface KnownObject {
  readonly members: ReadonlyMap<string, Member>
  /**
   * The names as Go's encoding/json compares them: by simple case folding, so that \u017f is s and
   * \u212a is k.
   */
  readonly anyCase: RegExp
}

type Member = 'any' | 'integer' | KnownObject

/** An object or a list that begins before the current place of the text and ends after it. */
interface Open {
  /** Of an object: its meaning. */
  readonly object?: Member
  /** Of an object: the names so far. */
  readonly names?: Set<string>
  /** The name of the current member, or the position in the list. */
  current: string | number
  /** The meaning of the current value. */
  value: Member
}

const PLATFORM = known('architecture os os.version os.features variant features')
const DESCRIPTOR = known('mediaType digest size urls annotations data artifactType platform', {
  size: 'integer',
  platform: PLATFORM,
})
const MANIFEST = known(
  'schemaVersion mediaType artifactType config layers blobs manifests subject annotations',
  {
    schemaVersion: 'integer',
    config: DESCRIPTOR,
    layers: DESCRIPTOR,
    blobs: DESCRIPTOR,
    manifests: DESCRIPTOR,
    subject: DESCRIPTOR,
  },
)

/**
 * Looks at the text of a manifest before it is parsed, and refuses what costs too much to parse,
 * and
 * what readers of JSON read differently: names that occur twice, names that equal a known one only
 * without regard to case (Go takes them for the known one), and numbers such as 2.0 (Go's integers
 * do not take them). For text that is not JSON any result is right, because the parser refuses it.
 * @throws RegistryError MANIFEST_INVALID, naming the path and the rule
 */
export function checkManifestText(text: string): void {
  const open: Open[] = []
  const next = /["{}[\],]/g
  let parts = 0
  let expectsName = false
  while (next.test(text)) {
    const at = next.lastIndex - 1
    const character = text.charAt(at)
    if (character !== '"') {
      expectsName = punctuate(open, character)
      checkCost(++parts, open.length)
      continue
    }
    const end = endOfString(text, at)
    if (end === undefined) return
    next.lastIndex = end
    const here = open.at(-1)
    if (expectsName && here) {
      enterMember(open, here, unquoted(text.slice(at, end)))
      if (here.value === 'integer') checkInteger(open, text, end)
    }
    expectsName = false
  }
}

/** Whether a name may follow. */
function punctuate(open: Open[], character: string): boolean {
  const here = open.at(-1)
  switch (character) {
    case '{':
      open.push({
        object: here ? here.value : MANIFEST,
        names: new Set(),
        current: '',
        value: 'any',
      })
      return true
    case '[':
      open.push({ current: 0, value: here ? here.value : MANIFEST })
      return false
    case ',':
      if (typeof here?.current === 'number') here.current++
      return here?.names !== undefined
    default:
      open.pop()
      return false
  }
}

function checkCost(parts: number, depth: number): void {
  if (parts <= MOST_PARTS && depth <= DEEPEST) return
  throw new RegistryError(
    'MANIFEST_INVALID',
    `a manifest has at most ${MOST_PARTS} commas, braces and brackets, and is nested at most ${DEEPEST} levels deep: move the rest into a blob`,
  )
}

function known(names: string, members: Readonly<Record<string, Member>> = {}): KnownObject {
  const list = names.split(' ')
  return {
    members: new Map(list.map((name) => [name, members[name] ?? 'any'])),
    anyCase: new RegExp(`^(?:${list.join('|').replaceAll('.', '\\.')})$`, 'iu'),
  }
}

/** The place behind the string that begins at `start`; undefined if the string has no end. */
function endOfString(text: string, start: number): number | undefined {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end
    while (text[before - 1] === '\\') before--
    if ((end - before) % 2 === 0) return end + 1
  }
  return undefined
}

function enterMember(open: readonly Open[], here: Open, name: string): void {
  here.current = name
  here.value = 'any'
  if (here.names?.has(name)) throw invalid(pathOf(open), 'occurs twice: leave one of them out')
  here.names?.add(name)
  if (typeof here.object !== 'object') return
  const { members, anyCase } = here.object
  here.value = members.get(name) ?? 'any'
  if (members.has(name) || !anyCase.test(name)) return
  const right = [...members.keys()].find((one) => known(one).anyCase.test(name))
  throw invalid(pathOf(open), `differs from ${right} only in upper and lower case: write ${right}`)
}

/**
 * Go and others replace half of a surrogate pair by U+FFFD, so that two such names are the same.
 */
function unquoted(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  try {
    return String(JSON.parse(quoted)).replaceAll(/\p{Surrogate}/gu, '\ufffd')
  } catch {
    return quoted
  }
}

/**
 * Looks at the value behind the name that ends at `end`; one that is no number is refused later.
 */
function checkInteger(open: readonly Open[], text: string, end: number): void {
  const value = /\s*:\s*([^\s,\]}]*)/y
  value.lastIndex = end
  const [, number = ''] = value.exec(text) ?? []
  if (/^[-\d]/.test(number) && !/^-?\d+$/.test(number))
    throw invalid(pathOf(open), 'must be a whole number in plain digits, such as 2')
}

/** The place of the current value, such as `layers[0].size`. */
function pathOf(open: readonly Open[]): string {
  return open
    .map(({ current }) =>
      typeof current === 'number' ? `[${current}]` : `.${current.slice(0, 64)}`,
    )
    .join('')
    .slice(1)
}
