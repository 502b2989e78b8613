/** The body of every answer from 400 on: distribution-spec v1.1, "Error Codes". */
export interface FailureBody {
  readonly errors: readonly Failure[]
}

export interface Failure {
  readonly code: string
  readonly message: string
  /** Any JSON. */
  readonly detail?: unknown
}
