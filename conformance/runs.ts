import { account } from './accounts.ts'
import type { Environment } from './execute.ts'
import type { Credentials } from './target.ts'

/** One run of the official suite: how both sides are set up, and what must come out exactly. */
export interface Run {
  name: string
  /** The suite's settings (`OCI_*`). */
  suite: Environment
  /** The server's settings (`WASMOOR_*`). */
  server: Environment
  /** What the suite logs in with; a server that is started for the run then has accounts. */
  credentials?: Credentials
  expected: Expected
}

export interface Expected {
  /** How many results the suite counts. */
  results: number
  /** The only tests that may be disabled, and must be. All others must pass. */
  disabledTests: readonly string[]
  /** The same for the summary by feature. */
  disabledFeatures: readonly string[]
}

/** All that the suite has. */
const sparse: Omit<Run, 'name'> = {
  suite: { OCI_VERSION: 'dev', OCI_DATA_SPARSE: 'true' },
  server: { WASMOOR_VALIDATION_REFERENCES: 'sparse' },
  expected: { results: 1032, disabledTests: [], disabledFeatures: [] },
}

export const runs: readonly Run[] = [
  {
    name: '1.1',
    suite: { OCI_VERSION: '1.1' },
    server: {},
    expected: {
      results: 862,
      disabledTests: [
        'OCI Conformance Test/sha256 blobs/post cancel/blob-post-cancel',
        'OCI Conformance Test/sha512 blobs/post cancel/blob-post-cancel',
      ],
      disabledFeatures: [
        'Blob upload cancel',
        'Manifest put with tag params',
        'Sparse Manifests',
        'Tag Param',
        'Tag Param sha512',
      ],
    },
  },
  {
    name: 'dev',
    suite: { OCI_VERSION: 'dev' },
    server: {},
    expected: { results: 986, disabledTests: [], disabledFeatures: ['Sparse Manifests'] },
  },
  { name: 'dev-sparse', ...sparse },
  {
    name: 'dev-sparse-basic',
    ...sparse,
    server: { ...sparse.server, WASMOOR_AUTH_CHALLENGE: 'basic' },
    credentials: account,
  },
  {
    name: 'dev-sparse-bearer',
    ...sparse,
    server: { ...sparse.server, WASMOOR_AUTH_CHALLENGE: 'bearer' },
    credentials: account,
  },
]
