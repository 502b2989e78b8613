import { parseOptions } from '@node-rs/bcrypt'

const SCHEMES: readonly (readonly [begin: string, name: string])[] = [
  ['$apr1$', 'MD5 (apr1)'],
  ['{SHA}', 'SHA-1'],
  ['{SSHA}', 'salted SHA-1'],
  ['$1$', 'MD5 crypt'],
  ['$5$', 'SHA-256 crypt'],
  ['$6$', 'SHA-512 crypt'],
  ['$y$', 'yescrypt'],
  ['$argon2', 'Argon2'],
  ['$2x$', 'the broken bcrypt of old (2x)'],
  ['$2', 'bcrypt, but not whole'],
]
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/
const HIGHEST_COST = 15

/**
 * Reads an htpasswd file: user → bcrypt hash. Empty lines and lines that begin with "#" are passed over.
 * @throws Error naming the line and what is wrong, never the hash
 */
export function readHtpasswd(text: string): Map<string, string> {
  const users = new Map<string, string>()
  for (const [position, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const colon = line.indexOf(':')
    if (colon < 1) throw new Error(`line ${position + 1} is not user:hash`)
    const user = line.slice(0, colon)
    const hash = line.slice(colon + 1)
    const cost = costOf(hash)
    if (cost === undefined) throw new Error(`line ${position + 1}, user ${user}: ${refusal(hash)}`)
    if (cost > HIGHEST_COST) {
      throw new Error(
        `line ${position + 1}, user ${user}: a bcrypt cost of ${cost} takes seconds a check; use at most ${HIGHEST_COST}`,
      )
    }
    if (users.has(user)) throw new Error(`line ${position + 1}: the user ${user} is there twice`)
    users.set(user, hash)
  }
  return users
}

/** Undefined for what no password can fit. */
function costOf(hash: string): number | undefined {
  if (!BCRYPT.test(hash)) return undefined
  try {
    return parseOptions(hash).cost
  } catch {
    return undefined
  }
}

function refusal(hash: string): string {
  const scheme = SCHEMES.find(([begin]) => hash.startsWith(begin))?.[1] ?? 'crypt or plain text'
  return `the password is kept as ${scheme}; only bcrypt is taken: make the file with htpasswd -B`
}
