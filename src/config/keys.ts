import * as z from 'zod'
import { configSchema } from '../config.ts'

/** One key of the configuration; docs/configuration.md lists all of them. */
export interface Key {
  /** `validation.references` */
  readonly path: string
  /** `WASMOOR_VALIDATION_REFERENCES` */
  readonly environment: string
  /** `--validation-references` */
  readonly flag: string
  /** As in a file, with lists and objects in one line; empty if the key has none. */
  readonly default: string
  readonly description: string
  /** Completes the sentence "use …". */
  readonly allowed: string
  /** Stands for the value in help: `SIZE`. */
  readonly placeholder: string
  /** Whether the value must never be printed. */
  readonly secret: boolean
  /** Whether environment and flags hold the text itself; otherwise they hold YAML. */
  readonly isText: boolean
}

/** The part of JSON Schema that describes a key, with three words of our own. */
interface Described {
  type?: string
  anyOf?: Described[]
  properties?: Record<string, Described>
  default?: unknown
  description?: string
  allowed?: string
  placeholder?: string
  secret?: boolean
}

/** Every key, in the order of the schema. */
export function keysOf(schema: z.ZodType): Key[] {
  return keysBelow(z.toJSONSchema(schema, { io: 'input' }) as Described, [])
}

export const keys: readonly Key[] = keysOf(configSchema)

export const keyOfPath: ReadonlyMap<string, Key> = new Map(keys.map((key) => [key.path, key]))

/** JSON Schema (draft 2020-12) of the configuration file. */
export function jsonSchemaOf(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema: node }) => {
      if (node['secret'] === true) node.writeOnly = true
      delete node['secret']
      delete node['allowed']
      delete node['placeholder']
    },
  })
}

function keysBelow({ properties = {} }: Described, parents: string[]): Key[] {
  return Object.entries(properties).flatMap(([name, node]) => {
    const path = [...parents, name]
    return node.properties ? keysBelow(node, path) : [keyOf(path, node)]
  })
}

function keyOf(path: string[], node: Described): Key {
  const words = path.flatMap((part) => part.split(/(?=[A-Z])/))
  return {
    path: path.join('.'),
    environment: ['wasmoor', ...words].join('_').toUpperCase(),
    flag: `--${words.join('-').toLowerCase()}`,
    default: formatValue(node.default),
    description: node.description ?? '',
    allowed: node.allowed ?? '',
    placeholder: node.placeholder ?? '',
    secret: node.secret === true,
    isText: [node, ...(node.anyOf ?? [])].some(({ type }) => type === 'string'),
  }
}

function formatValue(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
