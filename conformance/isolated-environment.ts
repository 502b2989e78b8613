import { join } from 'node:path'
import type { Environment } from './execute.ts'

/** The environment of a client that must find nothing of the user's: no credentials, settings, caches or proxy. */
export function isolatedEnvironment(home: string): Environment {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    TMPDIR: home,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: home,
    XDG_RUNTIME_DIR: home,
    DOCKER_CONFIG: join(home, 'docker'),
    REGCTL_CONFIG: join(home, 'regctl.json'),
    REGISTRY_AUTH_FILE: join(home, 'containers.json'),
  }
}
