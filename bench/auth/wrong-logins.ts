/**
 * Sends wrong logins at the same time, each for another account, so that the limit of an account
 * does not reject them.
 * @returns the number of answers with each status
 * @throws Error if a login succeeds
 */
export async function sendWrongLogins(
  port: number,
  wrongLogins: number,
): Promise<Map<number, number>> {
  const statuses = await Promise.all(
    Array.from({ length: wrongLogins }, async (_, index) => {
      const credentials = btoa(`guess-${index}:wrong-${index}`)
      const answer = await fetch(`http://127.0.0.1:${port}/token`, {
        headers: { authorization: `Basic ${credentials}` },
      })
      await answer.arrayBuffer()
      return answer.status
    }),
  )
  const counts = new Map<number, number>()
  for (const status of statuses) {
    if (status < 400) throw new Error(`a wrong login was answered ${status}`)
    counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  return counts
}
