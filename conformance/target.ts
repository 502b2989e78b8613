export interface Credentials {
  readonly username: string
  readonly password: string
}

/** The registry under test. */
export interface Target {
  /** HOST:PORT */
  readonly host: string
  readonly plainHttp: boolean
  readonly credentials?: Credentials | undefined
}
