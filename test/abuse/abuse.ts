import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { htpasswdOf } from '../support/closed-server.ts'
import { compileProgram } from '../support/compiled-program.ts'
import { startLimited } from './limited-server.ts'
import { NormalClient, quantile } from './normal-client.ts'

/** Programs that attack, each with the limits of the server. */
const ATTACKS = {
  /** The worst requests together. */
  requests: { program: 'attackers.ts', limits: { heap: 256, descriptors: 400 } },
  /** 12,000 connections, idle and dripping. */
  connections: { program: 'holders.ts', limits: { heap: 256, descriptors: 20_000 } },
} as const
const RULES = JSON.stringify([
  { repositories: ['alice/**'], grants: [{ users: ['alice'], actions: ['pull', 'push'] }] },
  { repositories: ['mallory/**'], grants: [{ users: ['mallory'], actions: ['pull', 'push'] }] },
])

export interface AbuseResult {
  /** How the server ended, if it did. */
  readonly ending: string | undefined
  /** Failures that the normal client saw beside the attack. */
  readonly faults: readonly string[]
  readonly rounds: number
  /** Milliseconds, by kind of request: alone, and beside the attack. */
  readonly times: Readonly<
    Record<string, { alone99: number; p50: number; p99: number; most: number }>
  >
  /** MiB of the server at most. */
  readonly memory: number
  /** Part of one core that the server used during the attack. */
  readonly cpu: number
}

/**
 * Runs an attack against one server with a small heap, beside a client that pushes and pulls.
 * @param directory for the server's data; it must be on a disk
 */
export async function abuse(
  directory: string,
  attack: keyof typeof ATTACKS,
  seconds: number,
): Promise<AbuseResult> {
  const { program: attackProgram, limits } = ATTACKS[attack]
  const { directory: compiled, program } = await compileProgram()
  const htpasswd = join(directory, 'htpasswd')
  await writeFile(htpasswd, htpasswdOf(['alice', 'mallory']))
  const flags = ['--auth-htpasswd', htpasswd, '--auth-rules', RULES]
  const server = await startLimited(program, directory, flags, limits)
  const { host, port } = server.address
  const attackers = fork(join(import.meta.dirname, attackProgram), [host, String(port)])
  try {
    await once(attackers, 'message')
    attackers.kill('SIGSTOP')
    const alone = new NormalClient(server.address)
    await run(alone, Math.max(3, seconds / 10), () => server.ending() !== undefined)
    attackers.kill('SIGCONT')
    const before = await server.cpu()
    const beside = new NormalClient(server.address)
    const rounds = await run(beside, seconds, () => server.ending() !== undefined)
    const times = [...beside.times].map(([kind, all]) => {
      const alone99 = quantile(alone.times.get(kind) ?? [], 0.99)
      const of = { alone99, p50: quantile(all, 0.5), p99: quantile(all, 0.99) }
      return [kind, { ...of, most: quantile(all, 1) }] as const
    })
    const ending = server.ending()
    return {
      ending,
      faults: [...alone.faults, ...beside.faults],
      rounds,
      times: Object.fromEntries(times),
      memory: ending === undefined ? Math.round((await server.memory()).most / 2 ** 20) : NaN,
      cpu: ending === undefined ? ((await server.cpu()) - before) / seconds : NaN,
    }
  } finally {
    attackers.kill('SIGKILL')
    await server.stop()
    await rm(compiled, { recursive: true, force: true })
  }
}

/** Rounds of the client, a few each second; their number. */
async function run(client: NormalClient, seconds: number, over: () => boolean): Promise<number> {
  const end = performance.now() + seconds * 1000
  let rounds = 0
  for (; performance.now() < end && !over(); rounds++) {
    await client.round()
    await sleep(50)
  }
  return rounds
}
