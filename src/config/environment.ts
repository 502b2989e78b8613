import { keys } from './keys.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. Nothing else in src and storage reads it. */
export const processEnvironment: Environment = process.env

/**
 * What Kubernetes puts into every pod of a namespace that has a Service named wasmoor or wasmoor-…; it says nothing
 * about how this process should run. https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_LINKS = [
  /^WASMOOR(_\w+)?_SERVICE_HOST=/,
  /^WASMOOR(_\w+)?_SERVICE_PORT(_\w+)?=/,
  /^WASMOOR(_\w+)?_PORT=(tcp|udp|sctp):\/\//,
  /^WASMOOR(_\w+)?_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?=/,
]

/** The variables that mean the configuration: `WASMOOR_*` less what Kubernetes injects. */
export function settingsOf(environment: Environment): [name: string, value: string][] {
  const settings: [string, string][] = []
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !name.startsWith('WASMOOR_')) continue
    if (SERVICE_LINKS.some((shape) => shape.test(`${name}=${value}`))) continue
    settings.push([name, value])
  }
  return settings
}

export const keyOfVariable = new Map(keys.map((key) => [key.environment, key]))
