/** The caller as the registry knows it, and the kinds of access it offers. */
export interface Whoami {
  /** Absent for an anonymous caller. */
  readonly account?: string
  /** Whether everybody may do everything: no authentication is configured. */
  readonly open: boolean
  /** Whether some repository can be pulled from without an account. */
  readonly anonymousPull: boolean
  /** HOST[:PORT] of this registry in the names of artifacts. */
  readonly registry: string
}
