import { Client } from './client.ts'

/**
 * Lets each client process items one after another, until the time is up or no items are left.
 * Returns the number of processed items and the elapsed seconds.
 */
export async function runPool<Item>(
  clients: readonly Client[],
  items: readonly Item[],
  seconds: number,
  act: (client: Client, item: Item, clientNumber: number) => Promise<void>,
): Promise<{ done: number; seconds: number }> {
  const began = performance.now()
  const end = began + seconds * 1000
  let next = 0
  const loop = async (client: Client, clientNumber: number) => {
    while (performance.now() < end) {
      const item = items[next]
      if (item === undefined) return
      next += 1
      await act(client, item, clientNumber)
    }
  }
  await Promise.all(clients.map(loop))
  return { done: next, seconds: (performance.now() - began) / 1000 }
}

export function openClients(port: number, count: number): Promise<Client[]> {
  return Promise.all(Array.from({ length: count }, () => Client.open(port)))
}
