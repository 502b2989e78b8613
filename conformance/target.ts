export interface Credentials {
  username: string
  password: string
}

/** The registry that is tested. */
export interface Target {
  /** HOST:PORT */
  host: string
  plainHttp: boolean
  credentials?: Credentials | undefined
}
