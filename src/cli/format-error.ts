/**
 * The text for an error that ends the process: one line for a cause outside the program, with the
 * stack for a bug in it.
 */
export function formatError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (BUGS.has(error.name)) return error.stack ?? error.message
  const causes = causesOf(error).filter((message) => !error.message.includes(message))
  return causes.length > 0 ? `${error.message} (${causes.join(': ')})` : error.message
}

const BUGS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'AssertionError'])

/** The messages of the errors that caused this one. */
function causesOf({ cause }: Error): string[] {
  return cause instanceof Error ? [cause.message, ...causesOf(cause)] : []
}
