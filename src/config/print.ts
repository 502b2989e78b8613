import { stringify } from 'yaml'
import * as z from 'zod'
import { configSchema, type Config } from '../config.ts'
import { isTree } from './file.ts'
import { jsonSchemaOf, keys, keysOf } from './keys.ts'

/** A YAML file with this configuration, secrets masked. */
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
    const standard = ['', 'null'].includes(key.default) ? 'none' : `\`${key.default}\``
    const names = [key.path, key.environment, key.flag].map((name) => `\`${name}\``).join(' | ')
    return `| ${names} | ${standard} | ${key.allowed} | ${key.description} |`
  })
  return [INTRODUCTION, ...rows, ''].join('\n')
}

const INTRODUCTION = `# Configuration

<!-- Generated from src/config.ts by \`npm run generate\`; a test compares them. -->

Every key has a default, so \`wasmoor\` needs no file. Flags override the environment, the environment overrides the
file, and the file overrides the defaults. \`wasmoor config\` prints the configuration in effect and takes the same file
and flags.

The file is YAML: \`wasmoor serve config.yaml\`. \`validation.references\` is the key \`references\` in the section
\`validation\`. The JSON Schema of the file is \`config.schema.json\`, also printed by \`wasmoor config --schema\`.

An unknown key or an invalid value stops the start with a message that names the key, the value, its source and the
allowed values. The variables that Kubernetes injects for a Service named wasmoor (\`WASMOOR_SERVICE_HOST\`,
\`WASMOOR_PORT=tcp://…\` and others) are ignored. In the environment and in flags, write lists and objects as YAML in
one line.

Files and variables of the distribution registry (registry:2, registry:3) work, too: [distribution.md](distribution.md).
\`WASMOOR_DEFAULTS\` can name a file of the same form whose values replace the defaults; images and packages use it.

| Key | Environment | Flag | Default | Values | Description |
| --- | --- | --- | --- | --- | --- |`

function mask(tree: unknown, [name = '', ...rest]: string[]): void {
  if (!isTree(tree) || tree[name] === undefined) return
  if (rest.length > 0) mask(tree[name], rest)
  else tree[name] = '********'
}
