import type { Credentials } from './target.ts'

/** The account that everything is done with; the password has what clients like to stumble over. */
export const account: Credentials = { username: 'conformance', password: 'p@ss:w@rd' }

/** Whose passwords are mistyped; another one, because wrong passwords slow an account down. */
const careless: Credentials = { username: 'careless', password: 'right:p@ss' }

/** What a server that is started here knows. */
export const accounts: readonly Credentials[] = [account, careless]

export const wrongCredentials: Credentials = { ...careless, password: 'wrong:p@ss' }
