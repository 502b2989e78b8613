import { key, section } from './key.ts'
import { boolean, duration, integer, list, size, text } from './kinds.ts'

/** Garbage collection. */
export const gc = () =>
  section({
    enabled: key(boolean(), {
      default: true,
      description: 'Whether unreferenced content is deleted automatically. If not, run wasmoor gc.',
    }),
    interval: key(duration({ from: '1s', to: '168h' }), {
      default: '10m',
      description: 'Time between two collections.',
    }),
    grace: key(duration({ from: '0s', to: '8760h' }), {
      default: '24h',
      description:
        'Unreferenced blobs are deleted when the registry has run for this time and a quarter more since a client last pushed, mounted or requested them. With 0s, a push in progress can lose its blobs.',
    }),
    rate: key(integer({ from: 0, to: 1_000_000 }), {
      default: 250,
      description: 'Candidates that a collection checks in a second. 0 is no limit.',
    }),
    untaggedRepositories: key(list(text()), {
      default: [],
      description:
        'Patterns of the repositories in which untagged manifests are deleted: manifests that no tag, no index and no subject refers to. Not set: they are kept.',
    }),
    untaggedAfter: key(duration({ from: '0s', to: '87600h' }), {
      default: '720h',
      description: 'Time that an untagged manifest is kept in gc.untaggedRepositories.',
    }),
  })

/** Verification of all stored content. */
export const scrub = () =>
  section({
    rate: key(size(), {
      default: '32MiB',
      description: 'Bytes that a scrub (wasmoor scrub) reads in a second. 0 is no limit.',
    }),
  })
