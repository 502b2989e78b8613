import { readFileSync, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'

/** A source file for the rules: its path from the root, and its text without comments. */
export interface Source {
  readonly path: string
  readonly code: string
  readonly lines: number
  /** Specifiers of static, dynamic and type imports, and of re-exports. */
  readonly imports: readonly string[]
}

const FOLDERS = ['src', 'storage', 'console', 'test', 'conformance', 'bench', 'scripts']

export function sourceOf(path: string, text: string): Source {
  const code = withoutComments(text)
  const imports = [...code.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? '')
  return { path, code, lines: text.split('\n').length - 1, imports }
}

/** Every source file of the repository at `root`. */
export function readSources(root: string): Source[] {
  return FOLDERS.flatMap((folder) =>
    namesBelow(join(root, folder)).map((name) => {
      const path = posix.join(folder, name)
      return sourceOf(path, readFileSync(join(root, path), 'utf8'))
    }),
  )
}

/** The path that a relative import means, or undefined for a package. */
export function target(from: Source, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from.path), specifier) : undefined
}

/**
 * `import … from 'x'`, `export … from 'x'`, `import 'x'` at the start of a line; `import('x')`,
 * `require('x')` anywhere.
 */
const IMPORT =
  /^\s*(?:import|export)\b[^'";=]*?['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/gm

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

/** Folders that begin with a dot contain generated files, and are left out. */
function namesBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }).map(String)
  return names.filter((name) => /\.[cm]?tsx?$|\.mjs$/.test(name) && !/(^|\/)\./.test(name))
}
