const SCHEMES: readonly (readonly [prefix: string, name: string])[] = [
  ['$apr1$', 'MD5 (apr1)'],
  ['{SHA}', 'SHA-1'],
  ['{SSHA}', 'salted SHA-1'],
  ['$1$', 'MD5 crypt'],
  ['$5$', 'SHA-256 crypt'],
  ['$6$', 'SHA-512 crypt'],
  ['$y$', 'yescrypt'],
  ['$argon2', 'Argon2'],
  ['$2x$', 'an obsolete, broken bcrypt (2x)'],
  ['$2', 'an incomplete bcrypt hash'],
]
/** Costs are 4 to 31. A salt has 16 bytes, so its last character has only four values. */
const BCRYPT = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$/
const HIGHEST_COST = 15

/**
 * Parses an htpasswd file. Empty lines and lines that begin with "#" are ignored.
 * @returns bcrypt hashes by user
 * @throws Error whose message names the line and contains no hash
 */
export function parseHtpasswd(text: string): Map<string, string> {
  const users = new Map<string, string>()
  for (const [position, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const colon = line.indexOf(':')
    if (colon < 1) throw new Error(`line ${position + 1} is not user:hash`)
    const user = line.slice(0, colon)
    const hash = line.slice(colon + 1)
    const cost = costOf(hash)
    if (cost === undefined)
      throw new Error(`line ${position + 1}, user ${user}: ${formatUnsupported(hash)}`)
    if (cost > HIGHEST_COST) {
      throw new Error(
        `line ${position + 1}, user ${user}: a check with the bcrypt cost ${cost} takes seconds: use at most ${HIGHEST_COST}`,
      )
    }
    if (users.has(user)) throw new Error(`line ${position + 1}: duplicate user ${user}`)
    users.set(user, hash)
  }
  return users
}

/** The cost of a bcrypt hash; undefined if it is not one. */
function costOf(hash: string): number | undefined {
  const [, cost] = BCRYPT.exec(hash) ?? []
  return cost === undefined ? undefined : Number(cost)
}

function formatUnsupported(hash: string): string {
  const scheme = SCHEMES.find(([prefix]) => hash.startsWith(prefix))?.[1] ?? 'crypt or plain text'
  return `the password is stored as ${scheme}; only bcrypt is supported: create the file with htpasswd -B`
}
