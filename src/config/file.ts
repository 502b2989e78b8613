import { readFileSync } from 'node:fs'
import { LineCounter, isNode, isScalar, parseDocument } from 'yaml'
import { messageOf } from '../base/errno.ts'

/** A tree as written in a YAML file or assembled from several sources; not yet checked. */
export type Tree = Record<string, unknown>

export interface ConfigFile {
  readonly tree: Tree
  /** Whether there is anything at this path. */
  has(path: readonly PropertyKey[]): boolean
  /** Where a value stands: `config.yaml, line 3`. */
  where(path: readonly PropertyKey[]): string
  /** Whether the key at this path is there and nothing stands behind it: neither a value nor `null`. */
  isBlank(path: readonly PropertyKey[]): boolean
}

/** Reads a YAML (or JSON) file. Throws an Error with one line to show when it cannot be read or is no mapping. */
export function readConfigFile(file: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(read(file), { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new Error(`${file}, line ${line}, column ${col} is not YAML: ${error.message}`)
  }
  const tree: unknown = document.toJS() ?? {}
  if (!isTree(tree)) throw new Error(`${file} must hold keys and values, such as "port: 5000"`)
  return {
    tree,
    has: (path) => document.hasIn(path),
    isBlank(path) {
      const node = document.getIn(path, true)
      return isScalar(node) && node.value === null && node.source === ''
    },
    where(path) {
      const node = document.getIn(path, true)
      const start = isNode(node) ? node.range?.[0] : undefined
      return start === undefined ? file : `${file}, line ${lines.linePos(start).line}`
    },
  }
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`cannot read the configuration file: ${messageOf(error)}`, { cause: error })
  }
}
