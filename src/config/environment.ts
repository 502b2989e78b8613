import { keys } from './keys.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. Nothing else in src and storage reads it. */
export const processEnvironment: Environment = process.env

const PREFIX = 'WASMOOR_'
const DEFAULTS = `${PREFIX}DEFAULTS`

/**
 * What Kubernetes puts into every pod of a namespace that has a Service named wasmoor or wasmoor-…; it says nothing
 * about how this process should run. https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_LINKS = [
  /^(\w+)_SERVICE_HOST=/,
  /^(\w+)_SERVICE_PORT(_\w+)?=/,
  /^(\w+)_PORT=(tcp|udp|sctp):\/\//,
  /^(\w+)_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?=/,
]

/** The variables that mean the configuration: `WASMOOR_*` less what Kubernetes injects. */
export function settingsOf(environment: Environment): [name: string, value: string][] {
  return linksLeftOut(environment, PREFIX).filter(([name]) => name !== DEFAULTS)
}

/** The file with values in the place of defaults, for images and packages. */
export function defaultsFile(environment: Environment): string | undefined {
  return environment[DEFAULTS]
}

/** The variables whose names begin so, less what Kubernetes injects. */
export function linksLeftOut(
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
