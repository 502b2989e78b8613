import type { Credentials } from './target.ts'

/** The account that everything is done with; the password has what clients like to stumble over. */
export const ACCOUNT: Credentials = { username: 'conformance', password: 'p@ss:w@rd' }

/** Whose passwords are mistyped; another one, because wrong passwords slow an account down. */
const CARELESS: Credentials = { username: 'careless', password: 'right:p@ss' }

/** What a server that is started here knows. */
export const ACCOUNTS: readonly Credentials[] = [ACCOUNT, CARELESS]

export const WRONG_CREDENTIALS: Credentials = { ...CARELESS, password: 'wrong:p@ss' }
