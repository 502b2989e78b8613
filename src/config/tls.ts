import { key, section } from './key.ts'
import { path } from './kinds.ts'

/** The certificate and key that make a registry speak TLS. */
export const tls = () =>
  section({
    certificate: key(path(), {
      default: null,
      description:
        'PEM file with the certificate and its chain. With it the registry speaks only TLS. Reloaded when it changes.',
    }),
    key: key(path(), {
      default: null,
      description: 'PEM file with the private key of tls.certificate.',
    }),
  })
