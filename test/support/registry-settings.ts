import type { RegistrySettings } from '../../src/registry/settings.ts'

/** Some keys of some sections. */
export type SettingsChanges = {
  readonly [Section in keyof RegistrySettings]?: Partial<RegistrySettings[Section]>
}

/**
 * Settings for a registry in a test: nothing is cached, collected or limited, but for the changes.
 */
export function registrySettings(changes: SettingsChanges = {}): RegistrySettings {
  return {
    limits: { blobSize: 0, uploadSessions: 1_000, ...changes.limits },
    uploads: { expiry: 86_400_000, ...changes.uploads },
    cache: { blobs: 0, manifests: 0, ...changes.cache },
    gc: { grace: 0, untaggedRepositories: [], ...changes.gc },
    tags: { immutable: [], ...changes.tags },
    validation: { references: 'strict', ...changes.validation },
  }
}
