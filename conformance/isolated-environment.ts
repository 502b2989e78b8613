import { join } from 'node:path'
import type { Environment } from './execute.ts'

/**
 * The environment of a client without the credentials, settings, caches and proxies of the user.
 */
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
