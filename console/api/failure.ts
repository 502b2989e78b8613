import type { FailureBody } from '../../src/api/failure.ts'

/** Why the registry could not do what was asked, or could not be asked. */
export class Failure extends Error {
  /** 0 if there was no answer. */
  readonly status: number
  readonly code: string
  /** With which the log of the registry has more. */
  readonly requestId: string | undefined

  constructor(status: number, code: string, message: string, requestId?: string) {
    super(message)
    this.name = 'Failure'
    this.status = status
    this.code = code
    this.requestId = requestId
  }
}

/** The failure that an answer reports; distribution-spec v1.1, "Error Codes". */
export async function failureOf(response: Response): Promise<Failure> {
  const requestId = response.headers.get('X-Request-Id') ?? undefined
  try {
    const { errors } = (await response.json()) as FailureBody
    const [first] = errors
    if (first) return new Failure(response.status, first.code, first.message, requestId)
  } catch {
    // Something between us and the registry may have answered.
  }
  return new Failure(response.status, '', response.statusText, requestId)
}
