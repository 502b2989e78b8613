interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly const?: unknown
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: Array.isArray,
}

/** Where a value differs from a JSON Schema of ours, or says more than that describes: paths. */
export function undescribed(value: unknown, { ...schema }: Schema, path = ''): string[] {
  if (schema.anyOf) {
    const fits = schema.anyOf.some((one) => undescribed(value, one, path).length === 0)
    return fits ? [] : [path]
  }
  if ('const' in schema) return value === schema.const ? [] : [path]
  const types = [schema.type ?? []].flat()
  if (!types.some((type) => TYPES[type]!(value))) return [path]
  if (Array.isArray(value))
    return value.flatMap((item, at) => undescribed(item, schema.items!, `${path}/${at}`))
  if (schema.type !== 'object') return []
  const fields = value as Readonly<Record<string, unknown>>
  const { properties = {}, required = [], additionalProperties } = schema
  return [
    ...required.filter((name) => !(name in fields)).map((name) => `${path}/${name} is missing`),
    ...Object.entries(fields).flatMap(([name, field]) => {
      const inner = properties[name] ?? additionalProperties
      if (typeof inner !== 'object') return [`${path}/${name}`]
      return undescribed(field, inner, `${path}/${name}`)
    }),
  ]
}
