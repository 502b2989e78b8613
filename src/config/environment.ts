import { keys } from './keys.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. No other file in src and storage reads it. */
export const processEnvironment: Environment = process.env

const PREFIX = 'WASMOOR_'
const DEFAULTS = `${PREFIX}DEFAULTS`

/**
 * Variables that Kubernetes sets in every pod of a namespace with a Service named wasmoor or
 * wasmoor-…; they do not configure this process.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_LINKS = [
  /^(\w+)_SERVICE_HOST=/,
  /^(\w+)_SERVICE_PORT(_\w+)?=/,
  /^(\w+)_PORT=(tcp|udp|sctp):\/\//,
  /^(\w+)_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?=/,
]

/** The variables that configure the registry: `WASMOOR_*` without those that Kubernetes sets. */
export function settingsOf(environment: Environment): [name: string, value: string][] {
  return variablesWithPrefix(environment, PREFIX).filter(([name]) => name !== DEFAULTS)
}

/** The file whose values replace the defaults, for images and packages. */
export function defaultsFile(environment: Environment): string | undefined {
  return environment[DEFAULTS]
}

/** The variables with this prefix, without those that Kubernetes sets. */
export function variablesWithPrefix(
  environment: Environment,
  prefix: string,
): [name: string, value: string][] {
  const found: [string, string][] = []
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !name.startsWith(prefix)) continue
    if (SERVICE_LINKS.some((shape) => shape.test(`${name}=${value}`))) continue
    found.push([name, value])
  }
  return found
}

export const keyOfVariable = new Map(keys.map((key) => [key.environment, key]))
