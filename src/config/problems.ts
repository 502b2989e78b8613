import type { z } from 'zod'
import { isTree, type Tree } from './file.ts'
import { keyOfPath, type Key } from './keys.ts'
import { nearest } from './nearest.ts'

/** The configuration cannot be used; each problem is a sentence with the key, the value, its source and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** A value that came as text, with the words that say where from. */
export interface Setting {
  readonly key: Key
  readonly text: string
  readonly source: string
}

/** What was checked, and where each value of it came from. */
export interface Checked {
  readonly tree: Tree
  readonly settings: ReadonlyMap<string, Setting>
  /** Where the file has the value at this path. */
  readonly where: (path: readonly PropertyKey[]) => string
}

/** The sentences for one finding of the schema. */
export function explain(issue: z.core.$ZodIssue, { tree, settings, where }: Checked): string[] {
  const path = issue.path.map(String)
  const key = keyAbove(path)
  if (issue.code === 'unrecognized_keys' && !key) {
    return issue.keys.map((name) => {
      const full = [...path, name].join('.')
      return unknown(`key ${full} (${where([...path, name])})`, nearest(full, keyOfPath.keys()))
    })
  }
  const value = path.reduce<unknown>((node, name) => (isTree(node) ? node[name] : undefined), tree)
  if (!key) {
    return [
      `${path.join('.')}: ${shown(value)} (${where(path)}) is not allowed: it holds further keys`,
    ]
  }
  const setting = settings.get(key.path)
  const source = setting?.source ?? where(path)
  if (key.path === path.join('.')) return [refusal(key, setting?.text ?? value, source)]
  return [`${path.join('.')} (${source}): ${issue.message}; ${key.path} takes ${key.allowed}`]
}

export function refusal(key: Key, value: unknown, source: string): string {
  const what = key.secret ? 'its value' : shown(value)
  return `${key.path}: ${what} (${source}) is not allowed: it takes ${key.allowed}`
}

/** "unknown key x; did you mean y?" */
export function unknown(what: string, meant: string | undefined): string {
  return `unknown ${what}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

/** The key at this path or, inside the value of a key, the key above it. */
function keyAbove(path: readonly string[]): Key | undefined {
  return path.map((_, depth) => keyOfPath.get(path.slice(0, depth + 1).join('.'))).find(Boolean)
}

function shown(value: unknown): string {
  // An address may have been written with a password in it.
  const text = (JSON.stringify(value) ?? String(value)).replaceAll(/\/\/[^\s"]*@/g, '//********@')
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
