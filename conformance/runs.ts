import { ACCOUNT } from './accounts.ts'
import type { Environment } from './execute.ts'
import type { Credentials } from './target.ts'

/** One run of the official suite: the settings of both sides, and the exact results expected. */
export interface Run {
  readonly name: string
  /** The suite's settings (`OCI_*`). */
  readonly suite: Environment
  /** The server's settings (`WASMOOR_*`). */
  readonly server: Environment
  /** The credentials of the suite; a server that is started for the run then has accounts. */
  readonly credentials?: Credentials
  readonly expected: Expected
}

export interface Expected {
  /** The number of results that the suite counts. */
  readonly results: number
  /** The tests that must be disabled. All others must pass. */
  readonly disabledTests: readonly string[]
  /** The features that must be disabled in the summary. */
  readonly disabledFeatures: readonly string[]
}

/** All results of the suite. */
const SPARSE: Omit<Run, 'name'> = {
  suite: { OCI_VERSION: 'dev', OCI_DATA_SPARSE: 'true' },
  server: { WASMOOR_VALIDATION_REFERENCES: 'sparse' },
  expected: { results: 1032, disabledTests: [], disabledFeatures: [] },
}

export const RUNS: readonly Run[] = [
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
  { name: 'dev-sparse', ...SPARSE },
  {
    name: 'dev-sparse-basic',
    ...SPARSE,
    server: { ...SPARSE.server, WASMOOR_AUTH_CHALLENGE: 'basic' },
    credentials: ACCOUNT,
  },
  {
    name: 'dev-sparse-bearer',
    ...SPARSE,
    server: { ...SPARSE.server, WASMOOR_AUTH_CHALLENGE: 'bearer' },
    credentials: ACCOUNT,
  },
]
