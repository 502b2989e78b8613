import type { Credentials } from './target.ts'

/** The account of all clients. Its password contains characters that clients often mishandle. */
export const ACCOUNT: Credentials = { username: 'conformance', password: 'p@ss:w@rd' }

/** The account for wrong passwords, apart from the other, because they slow down later sign-ins. */
const CARELESS: Credentials = { username: 'mistyping-user', password: 'right:p@ss' }

/** The accounts of the servers that are started here. */
export const ACCOUNTS: readonly Credentials[] = [ACCOUNT, CARELESS]

export const WRONG_CREDENTIALS: Credentials = { ...CARELESS, password: 'wrong:p@ss' }
