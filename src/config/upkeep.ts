import { list } from './kinds.ts'
import { duration, key, section, size, text, whole, yesOrNo } from './values.ts'

/** Removing what nobody needs any more. */
export const gc = () =>
  section({
    enabled: key(yesOrNo(), {
      default: true,
      meaning:
        'Whether what nobody needs any more is removed now and then. Where it is not, wasmoor gc does it.',
    }),
    interval: key(duration({ from: '1s', to: '168h' }), {
      default: '10m',
      meaning: 'Time between two collections.',
    }),
    grace: key(duration({ from: '0s', to: '8760h' }), {
      default: '24h',
      meaning:
        'A blob that no manifest names is removed when the registry has run for this long, and a quarter more, since its last push, mount or find. With 0s a push under way may be told that its blobs are gone.',
    }),
    rate: key(whole({ from: 0, to: 1_000_000 }), {
      default: 250,
      meaning: 'Candidates that a collection looks at in a second. 0 is no limit.',
    }),
    untaggedRepositories: key(list(text()), {
      default: [],
      meaning:
        'Patterns of repositories in which manifests go that no tag, no index and no subject holds. None: they stay.',
    }),
    untaggedAfter: key(duration({ from: '0s', to: '87600h' }), {
      default: '720h',
      meaning: 'Time for which an untagged manifest stays where gc.untaggedRepositories matches.',
    }),
  })

/** Looking whether what is stored is still what it was. */
export const scrub = () =>
  section({
    rate: key(size(), {
      default: '32MiB',
      meaning: 'Bytes that a scrub (wasmoor scrub) reads in a second. 0 is no limit.',
    }),
  })
