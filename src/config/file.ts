import { readFileSync } from 'node:fs'
import { LineCounter, isNode, isScalar, parseDocument } from 'yaml'
import { messageOf } from '../base/errno.ts'

/** The values of a YAML file, or of several sources together; not validated. */
export type Tree = Record<string, unknown>

export interface ConfigFile {
  readonly tree: Tree
  /** Whether the file has this path. */
  has(path: readonly PropertyKey[]): boolean
  /** The place of a value: `config.yaml, line 3`. */
  where(path: readonly PropertyKey[]): string
  /** Whether the file has the key without any value, not even `null`. */
  isBlank(path: readonly PropertyKey[]): boolean
}

/**
 * Reads a YAML or JSON file.
 * @throws Error with a message of one line if it cannot be read or is not a mapping
 */
export function readConfigFile(file: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(read(file), { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new Error(`${file}, line ${line}, column ${col} is not valid YAML: ${error.message}`)
  }
  const tree: unknown = document.toJS() ?? {}
  if (!isTree(tree)) throw new Error(`${file} must contain keys and values, such as "port: 5000"`)
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
