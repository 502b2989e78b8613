export function expectSameBytes(actual: Buffer, expected: Buffer): void {
  if (actual.equals(expected)) return
  throw new Error(`${actual.length} bytes that differ from the ${expected.length} expected`)
}

/**
 * Compares two values as JSON.
 * @param what the name of the value, for the message
 */
export function expectEqual(actual: unknown, expected: unknown, what = ''): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`${what && `${what}: `}${left} instead of ${right}`)
}
