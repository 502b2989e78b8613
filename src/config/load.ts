import { parse } from 'yaml'
import { configSchema, type Config } from '../config.ts'
import { distributionFile, isDistributionFile, translateDistribution } from './distribution.ts'
import {
  defaultsFile,
  keyOfVariable,
  processEnvironment,
  settingsOf,
  type Environment,
} from './environment.ts'
import { isTree, readConfigFile, type ConfigFile, type Tree } from './file.ts'
import { deepFreeze } from './frozen.ts'
import { keys } from './keys.ts'
import { nearest } from './nearest.ts'
import { ConfigError, formatIssue, formatUnknown, type Setting } from './problems.ts'

export interface ConfigSources {
  /** Path of a YAML file. */
  readonly file?: string | undefined
  /** Values of command line flags, by the key's path. */
  readonly flags?: ReadonlyMap<string, string>
  readonly environment?: Environment
}

/**
 * Reads the configuration in effect: flags override the environment, which overrides the file,
 * which overrides the defaults. Files and variables of distribution are read, too, with lower
 * precedence than ours.
 * @param warn gets a sentence for each setting of distribution that is ignored
 * @throws ConfigError with every unknown key and invalid value
 */
export function loadConfig(
  { file, flags, environment = processEnvironment }: ConfigSources,
  warn: (sentence: string) => void = () => undefined,
): Config {
  const given = read(file ?? distributionFile(environment))
  const foreign = given && isDistributionFile(given) ? given : undefined
  const written = [foreign ? undefined : given, read(defaultsFile(environment))].filter(
    (source) => source !== undefined,
  )
  const tree = written.map(treeOf).reduce<Tree>((above, below) => underlay(above, below), {})
  const translation = translateDistribution(foreign, environment)
  const problems = [...translation.problems]
  const settings = new Map(
    [...translation.settings, ...fromEnvironment(environment, problems), ...fromFlags(flags)].map(
      (setting) => [setting.key.path, setting],
    ),
  )
  for (const { key, text } of settings.values()) {
    assign(tree, key.path.split('.'), key.isText ? text : yamlOr(text))
  }
  const result = configSchema.safeParse(tree)
  const where = (path: readonly PropertyKey[]) =>
    (written.find((source) => source.has(path)) ?? written[0])?.where(path) ?? 'no source'
  for (const issue of result.error?.issues ?? []) {
    problems.push(...formatIssue(issue, { tree, settings, where }))
  }
  if (!result.success || problems.length > 0) throw new ConfigError(problems)
  for (const sentence of translation.warnings) warn(sentence)
  return deepFreeze(result.data)
}

function read(file: string | undefined): ConfigFile | undefined {
  return file === undefined ? undefined : readConfigFile(file)
}

function treeOf(source: ConfigFile): Tree {
  const tree = withoutEmptySections(source.tree)
  // `htpasswd:` without a value, from a template gone wrong, must not mean "no accounts".
  for (const path of keys.filter(({ isText }) => isText).map((key) => key.path.split('.')))
    if (source.isBlank(path)) assign(tree, path, '')
  return tree
}

/** All of `above`, and the values that only `below` has. */
function underlay(above: Tree, below: Tree, parents = ''): Tree {
  const merged = Object.entries(above).map(([name, own]) => {
    const other = Object.hasOwn(below, name) ? below[name] : undefined
    const path = `${parents}${name}`
    const isMerged = isSection(path) && isTree(own) && isTree(other)
    return [name, isMerged ? underlay(own, other, `${path}.`) : own] as const
  })
  return Object.fromEntries([...Object.entries(below), ...merged])
}

function fromEnvironment(environment: Environment, problems: string[]): Setting[] {
  return settingsOf(environment).flatMap(([name, text]) => {
    const key = keyOfVariable.get(name)
    if (key) return [{ key, text, source: `environment ${name}` }]
    problems.push(
      formatUnknown(`environment variable ${name}`, nearest(name, keyOfVariable.keys())),
    )
    return []
  })
}

function fromFlags(flags: ReadonlyMap<string, string> = new Map()): Setting[] {
  return keys.flatMap((key) => {
    const text = flags.get(key.path)
    return text === undefined ? [] : [{ key, text, source: `flag ${key.flag}` }]
  })
}

/**
 * The value of a YAML text; a text that is not YAML is returned as it is, and the schema rejects
 * it.
 */
function yamlOr(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return text
  }
}

/** Sets a value, unless a section on its path is something else: the schema reports that. */
function assign(tree: Tree, [name = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    tree[name] = value
    return
  }
  const section = (tree[name] ??= {})
  if (isTree(section)) assign(section, rest, value)
}

/** `limits:` with every line below it commented out is an empty section, not an invalid value. */
function withoutEmptySections(tree: Tree, above = ''): Tree {
  const entries = Object.entries(tree).flatMap(([name, value]) => {
    const path = `${above}${name}`
    if (!isSection(path)) return [[name, value] as const]
    if (value === null) return []
    return [[name, isTree(value) ? withoutEmptySections(value, `${path}.`) : value] as const]
  })
  return Object.fromEntries(entries)
}

const isSection = (path: string) => keys.some((key) => key.path.startsWith(`${path}.`))
