/**
 * The one table of failures: what a handler throws → status, spec code, standard text.
 * Codes are only those of distribution-spec v1.1, "Error Codes": clients with closed code lists
 * (wkg) cannot read others,
 * so several failures share a code and differ by status and message.
 */
export const FAILURES = {
  BLOB_UNKNOWN: [404, 'BLOB_UNKNOWN', 'blob unknown to this repository'],
  BLOB_UPLOAD_INVALID: [400, 'BLOB_UPLOAD_INVALID', 'the upload request is not valid'],
  BLOB_UPLOAD_UNKNOWN: [404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload session'],
  RANGE_INVALID: [416, 'BLOB_UPLOAD_INVALID', 'the range does not fit'],
  DIGEST_INVALID: [400, 'DIGEST_INVALID', 'the digest is not valid'],
  MANIFEST_BLOB_UNKNOWN: [
    400,
    'MANIFEST_BLOB_UNKNOWN',
    'the manifest names content that is not here',
  ],
  MANIFEST_INVALID: [400, 'MANIFEST_INVALID', 'the manifest is not valid'],
  MANIFEST_UNKNOWN: [404, 'MANIFEST_UNKNOWN', 'manifest unknown to this repository'],
  NAME_INVALID: [400, 'NAME_INVALID', 'the repository name is not valid'],
  NAME_UNKNOWN: [404, 'NAME_UNKNOWN', 'repository unknown to this registry'],
  SIZE_INVALID: [400, 'SIZE_INVALID', 'the length does not fit'],
  TOO_SLOW: [408, 'UNSUPPORTED', 'the request took too long'],
  TOO_LARGE: [413, 'SIZE_INVALID', 'the content is too large'],
  TAG_INVALID: [400, 'MANIFEST_INVALID', 'the tag is not valid'],
  TOO_MANY_TAGS: [414, 'UNSUPPORTED', 'too many tags in one request'],
  UNAUTHORIZED: [401, 'UNAUTHORIZED', 'log in to do this'],
  DENIED: [403, 'DENIED', 'this account may not do this'],
  TAG_IMMUTABLE: [403, 'DENIED', 'the tag is immutable'],
  CONFLICT: [409, 'DENIED', 'the content is in use'],
  TAG_TAKEN: [409, 'DENIED', 'the tag holds something else'],
  PRECONDITION_FAILED: [412, 'DENIED', 'the precondition does not hold'],
  PARAMETER_INVALID: [400, 'UNSUPPORTED', 'a parameter is not valid'],
  LAYOUT_UNFIT: [400, 'UNSUPPORTED', 'no layout can be made of this'],
  REQUEST_INVALID: [400, 'UNSUPPORTED', 'the request is not valid'],
  ROUTE_UNKNOWN: [404, 'UNSUPPORTED', 'there is nothing at this address'],
  METHOD_UNSUPPORTED: [405, 'UNSUPPORTED', 'the method is not supported here'],
  DELETE_DISABLED: [405, 'UNSUPPORTED', 'deleting is turned off in this registry'],
  READ_ONLY: [405, 'UNSUPPORTED', 'the registry is read-only now'],
  TOO_MANY_REQUESTS: [429, 'TOOMANYREQUESTS', 'too many requests'],
  UNAVAILABLE: [503, 'UNSUPPORTED', 'the registry cannot do this now'],
  STORAGE_FULL: [507, 'UNSUPPORTED', 'the registry has no space left'],
  INTERNAL: [500, 'UNSUPPORTED', 'internal error'],
} as const satisfies Record<string, readonly [status: number, code: string, message: string]>

export type FailureName = keyof typeof FAILURES

export interface FailureOptions {
  /** Any JSON, for programs; keep it small, the whole answer stays below 8 KiB. */
  readonly detail?: unknown
  /** Answer headers that belong to the failure, such as `Range` with a 416. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/**
 * A failure that has an answer: thrown anywhere, written in one place. The message says what was
 * wrong and what to do.
 */
export class RegistryError extends Error {
  readonly failure: FailureName
  readonly status: number
  readonly code: string
  readonly detail: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(failure: FailureName, message?: string, options: FailureOptions = {}) {
    const [status, code, standard] = FAILURES[failure]
    const { stackTraceLimit } = Error
    // Where a client's mistake was noticed helps nobody, and finding it out costs more than
    // answering it.
    if (status < 500) Error.stackTraceLimit = 0
    super(message ?? standard, options.cause === undefined ? {} : { cause: options.cause })
    Error.stackTraceLimit = stackTraceLimit
    this.name = 'RegistryError'
    this.failure = failure
    this.status = status
    this.code = code
    this.detail = options.detail
    this.headers = options.headers ?? {}
  }
}
