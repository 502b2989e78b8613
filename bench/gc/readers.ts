import { Agent, get } from 'node:http'

export interface Latencies {
  readonly requests: number
  /** Latency in milliseconds. */
  readonly median: number
  readonly p99: number
  readonly longest: number
}

/** Reads one URL over several connections until `end` returns true. */
export function readUntil(end: () => boolean, url: string, connections = 4): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const times: number[] = []
  const reader = async () => {
    while (!end()) {
      const begun = performance.now()
      await once(agent, url)
      times.push(performance.now() - begun)
    }
  }
  return Promise.all(Array.from({ length: connections }, reader)).then(() => {
    agent.destroy()
    const sorted = times.toSorted((a, b) => a - b)
    const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN
    return { requests: sorted.length, median: at(0.5), p99: at(0.99), longest: at(1) }
  })
}

function once(agent: Agent, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`))
      response.resume()
      response.on('end', resolve)
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}
