import type { z } from 'zod'
import { isTree, type Tree } from './file.ts'
import { keyOfPath, type Key } from './keys.ts'
import { nearest } from './nearest.ts'

/**
 * The configuration is invalid. Each problem names the key, the value, its source and the allowed
 * values.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** A value that was given as text. */
export interface Setting {
  readonly key: Key
  readonly text: string
  /** `flag --port`, `environment WASMOOR_PORT` */
  readonly source: string
}

/** The values that were checked, and their sources. */
export interface Checked {
  readonly tree: Tree
  readonly settings: ReadonlyMap<string, Setting>
  /** The place of a value in its file: `config.yaml, line 3`. */
  readonly where: (path: readonly PropertyKey[]) => string
}

/** The problems for one issue of the schema. */
export function formatIssue(issue: z.core.$ZodIssue, { tree, settings, where }: Checked): string[] {
  const path = issue.path.map(String)
  const key = keyAbove(path)
  if (issue.code === 'unrecognized_keys' && !key) {
    return issue.keys.map((name) => {
      const full = [...path, name].join('.')
      return formatUnknown(
        `key ${full} (${where([...path, name])})`,
        nearest(full, keyOfPath.keys()),
      )
    })
  }
  const value = path.reduce<unknown>((node, name) => (isTree(node) ? node[name] : undefined), tree)
  if (!key) {
    return [
      `${path.join('.')}: ${formatValue(value)} (${where(path)}) is not allowed: it is a section with keys of its own`,
    ]
  }
  const setting = settings.get(key.path)
  const source = setting?.source ?? where(path)
  if (key.path === path.join('.')) return [formatInvalid(key, setting?.text ?? value, source)]
  return [`${path.join('.')} (${source}): ${issue.message}; use ${key.allowed}`]
}

/** `port: "x" (flag --port) is not allowed: use a whole number …` */
export function formatInvalid(key: Key, value: unknown, source: string): string {
  const what = key.secret ? 'its value' : formatValue(value)
  return `${key.path}: ${what} (${source}) is not allowed: use ${key.allowed}`
}

/** `unknown key x; did you mean y?` */
export function formatUnknown(what: string, meant: string | undefined): string {
  return `unknown ${what}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

/** The key at this path or, inside the value of a key, that key. */
function keyAbove(path: readonly string[]): Key | undefined {
  return path.map((_, depth) => keyOfPath.get(path.slice(0, depth + 1).join('.'))).find(Boolean)
}

function formatValue(value: unknown): string {
  // A URL can contain a password.
  const text = (JSON.stringify(value) ?? String(value)).replaceAll(/\/\/[^\s"]*@/g, '//********@')
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
