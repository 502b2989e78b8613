import { stringify } from 'yaml'
import * as z from 'zod'
import { configSchema, type Config } from '../config.ts'
import { isTree } from './file.ts'
import { jsonSchemaOf, keys, keysOf } from './keys.ts'

/** The YAML file that would make this configuration, secrets masked. */
export const configAsYaml = (config: Config): string => maskedYaml(configSchema, config)

/** {@link configAsYaml} for any schema. */
export function maskedYaml(schema: z.ZodType, config: unknown): string {
  const tree = z.encode(schema, config)
  for (const { path, secret } of keysOf(schema)) if (secret) mask(tree, path.split('.'))
  return stringify(tree)
}

/** config.schema.json */
export const configAsJsonSchema = (): string =>
  `${JSON.stringify(jsonSchemaOf(configSchema), null, 2)}\n`

/** docs/configuration.md */
export function configAsMarkdown(): string {
  const rows = keys.map((key) => {
    const names = [key.path, key.environment, key.flag].map((name) => `\`${name}\``).join(' | ')
    return `| ${names} | ${key.default && `\`${key.default}\``} | ${key.allowed} | ${key.meaning} |`
  })
  return [INTRODUCTION, ...rows, ''].join('\n')
}

const INTRODUCTION = `# Configuration

<!-- Made from src/config.ts by \`npm run generate\`; a test holds it equal. -->

Everything has a default: \`wasmoor\` serves without any file. A flag beats the environment, the environment beats the
file, the file beats the default. \`wasmoor config\` prints what is in effect and takes the same file and flags.

The file is YAML, given as \`wasmoor serve config.yaml\`; \`validation.references\` is the key \`references\` in the section
\`validation\`. Its JSON Schema is \`config.schema.json\` (also: \`wasmoor config --schema\`).

An unknown key or a value that is not allowed stops the start with a message that names the key, the value, where it
came from and what is allowed. Variables that Kubernetes injects for a Service named wasmoor (\`WASMOOR_SERVICE_HOST\`,
\`WASMOOR_PORT=tcp://…\` and the like) are ignored. In environment and flags, lists and objects are written as YAML in
one line.

Files and variables that are written for distribution (registry:2, registry:3) are understood: [distribution.md](distribution.md).
\`WASMOOR_DEFAULTS\` may name a file like the one above whose values take the place of the defaults: images and packages
use it.

| Key | Environment | Flag | Default | Takes | Meaning |
| --- | --- | --- | --- | --- | --- |`

function mask(tree: unknown, [name = '', ...rest]: string[]): void {
  if (!isTree(tree) || tree[name] === undefined) return
  if (rest.length > 0) mask(tree[name], rest)
  else tree[name] = '********'
}
