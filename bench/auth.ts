/**
 * `npm run bench:auth`: the cost of authentication for valid credentials, and the effect of
 * password guessing on all other requests.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hash } from '@node-rs/bcrypt'
import { sendWrongLogins } from './auth/wrong-logins.ts'
import { BenchClient } from './auth/client.ts'
import { describeMachine } from './machine.ts'
import { costOf } from './process-cost.ts'
import { percentile, formatReport, type Latencies } from './auth/report.ts'
import { type Server, start } from './servers/start.ts'
import { wasmoor } from './servers/wasmoor.ts'
import type { ServerKind } from './servers/server.ts'

const ROUNDS = 7
const SECONDS = 3
const WRONG_LOGINS = 200
const ACCOUNT = { username: 'bench', password: 'p@ss:w@rd' }
const REPOSITORY = 'bench/auth'
/** The default of `htpasswd -B` is 5; a careful operator chooses this cost. */
const BCRYPT_COST = 10

const DATA_ROOT = fileURLToPath(new URL('data', import.meta.url))
mkdirSync(DATA_ROOT, { recursive: true })
const directory = mkdtempSync(join(DATA_ROOT, 'auth-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const machine = await describeMachine(directory, undefined)

const version = await wasmoor.version()
const open = await start(wasmoor, join(directory, 'open'))
const guarded = await start(await withAccounts(), join(directory, 'guarded'))
try {
  const path = `/v2/${REPOSITORY}/manifests/v1`
  await prepare(open)
  const token = await prepare(guarded, ACCOUNT)
  const openClients = await openConnections(open)
  const authenticatedClients = await openConnections(guarded, token)
  const ratios: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const anonymous = await cpuOfReads(open, openClients, path)
    const authenticated = await cpuOfReads(guarded, authenticatedClients, path)
    // The first round warms up.
    if (round > 0) ratios.push(authenticated / anonymous)
  }
  const quiet = await latencies(path, token, 0)
  const attacked = await latencies(path, token, WRONG_LOGINS)
  for (const client of [...openClients, ...authenticatedClients]) client.close()
  const text = formatReport({ machine, version: version ?? '', ratios, quiet, attacked })
  const file = fileURLToPath(new URL('AUTH.md', import.meta.url))
  writeFileSync(file, text)
  console.log(`${text}\nWrote ${file}`)
} finally {
  await Promise.all([open.stop(), guarded.stop()])
}

async function withAccounts(): Promise<ServerKind> {
  const htpasswd = join(directory, 'htpasswd')
  const line = await hash(ACCOUNT.password, BCRYPT_COST)
  writeFileSync(htpasswd, `${ACCOUNT.username}:${line}\n`)
  const rules = [
    {
      repositories: ['**'],
      grants: [
        { anonymous: true, actions: ['pull'] },
        { users: [ACCOUNT.username], actions: ['pull', 'push'] },
      ],
    },
  ]
  const environment = {
    WASMOOR_AUTH_HTPASSWD: htpasswd,
    WASMOOR_AUTH_RULES: JSON.stringify(rules),
  }
  return {
    ...wasmoor,
    command: async (location) => ({ ...(await wasmoor.command(location)), environment }),
  }
}

/** Pushes the manifest that will be read, and returns the token that it was pushed with. */
async function prepare(server: Server, account?: typeof ACCOUNT): Promise<string | undefined> {
  const token = account && (await tokenFor(server, account))
  const client = await BenchClient.open(server.port, token)
  await client.push(REPOSITORY, 'v1')
  client.close()
  return token
}

async function tokenFor(server: Server, { username, password }: typeof ACCOUNT): Promise<string> {
  const scope = `repository:${REPOSITORY}:pull,push`
  const answer = await fetch(`http://127.0.0.1:${server.port}/token?scope=${scope}`, {
    headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` },
  })
  if (answer.status !== 200) throw new Error(`/token answered ${answer.status}`)
  return ((await answer.json()) as { token: string }).token
}

function openConnections(server: Server, token?: string): Promise<BenchClient[]> {
  return Promise.all(Array.from({ length: 16 }, () => BenchClient.open(server.port, token)))
}

/** Microseconds of the server's CPU for each read. */
async function cpuOfReads(
  server: Server,
  all: readonly BenchClient[],
  path: string,
): Promise<number> {
  const before = costOf(server.pid).cpuMicroseconds
  const end = performance.now() + SECONDS * 1000
  let reads = 0
  await Promise.all(
    all.map(async (client) => {
      while (performance.now() < end) {
        await client.get(path)
        reads++
      }
    }),
  )
  server.cutLogs()
  return (costOf(server.pid).cpuMicroseconds - before) / reads
}

/** The latencies of anonymous reads and of pushes while wrong logins arrive at the same time. */
async function latencies(
  path: string,
  token: string | undefined,
  wrongLogins: number,
): Promise<Latencies> {
  const guessing = sendWrongLogins(guarded.port, wrongLogins)
  const end = performance.now() + 3 * SECONDS * 1000
  const timed = async (bearer: string | undefined, work: (one: BenchClient) => Promise<void>) => {
    const client = await BenchClient.open(guarded.port, bearer)
    const times: number[] = []
    while (performance.now() < end) {
      const began = performance.now()
      await work(client)
      times.push(performance.now() - began)
    }
    client.close()
    return times
  }
  let pushed = 0
  const [reads, pushes] = await Promise.all([
    Promise.all([1, 2].map(() => timed(undefined, (client) => client.get(path)))),
    Promise.all(
      [1, 2].map(() =>
        timed(token, (client) => client.push(REPOSITORY, `w${wrongLogins}-${pushed++}`)),
      ),
    ),
  ])
  const answers = await guessing
  return {
    reads: percentile(reads.flat(), 0.99),
    pushes: percentile(pushes.flat(), 0.99),
    answers,
  }
}
