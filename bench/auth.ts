/** `npm run bench:door`: what the door costs those who are let in, and what guessing costs everybody else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hash } from '@node-rs/bcrypt'
import { guess } from './auth/guesses.ts'
import { Visitor } from './auth/visitor.ts'
import { describeMachine } from './machine.ts'
import { costOf } from './process-cost.ts'
import { percentile, doorDocument, type Latencies } from './auth/report.ts'
import { type Server, start } from './servers/start.ts'
import { wasmoor } from './servers/wasmoor.ts'
import type { ServerKind } from './servers/server.ts'

const ROUNDS = 7
const SECONDS = 3
const WRONG_LOGINS = 200
const ACCOUNT = { username: 'bench', password: 'p@ss:w@rd' }
const REPOSITORY = 'bench/door'
/** What `htpasswd -B` makes by itself is 5; this is what a careful operator chooses. */
const BCRYPT_COST = 10

const dataRoot = fileURLToPath(new URL('data', import.meta.url))
mkdirSync(dataRoot, { recursive: true })
const directory = mkdtempSync(join(dataRoot, 'door-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const machine = await describeMachine(directory, undefined)

const version = await wasmoor.version()
const open = await start(wasmoor, join(directory, 'open'))
const guarded = await start(await withDoor(), join(directory, 'guarded'))
try {
  const path = `/v2/${REPOSITORY}/manifests/v1`
  await prepare(open)
  const token = await prepare(guarded, ACCOUNT)
  const openVisitors = await visitors(open)
  const knownVisitors = await visitors(guarded, token)
  const ratios: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const free = await cpuOfReads(open, openVisitors, path)
    const known = await cpuOfReads(guarded, knownVisitors, path)
    // The first warms up.
    if (round > 0) ratios.push(known / free)
  }
  const without = await latencies(path, token, 0)
  const within = await latencies(path, token, WRONG_LOGINS)
  for (const visitor of [...openVisitors, ...knownVisitors]) visitor.close()
  const text = doorDocument({ machine, version: version ?? '', ratios, without, within })
  const file = fileURLToPath(new URL('AUTH.md', import.meta.url))
  writeFileSync(file, text)
  console.log(`${text}\nWrote ${file}`)
} finally {
  await Promise.all([open.stop(), guarded.stop()])
}

async function withDoor(): Promise<ServerKind> {
  const htpasswd = join(directory, 'htpasswd')
  const line = await hash(ACCOUNT.password, { cost: BCRYPT_COST })
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
    command: async (place) => ({ ...(await wasmoor.command(place)), environment }),
  }
}

/** Pushes what is read, and gives the token it was pushed with. */
async function prepare(server: Server, account?: typeof ACCOUNT): Promise<string | undefined> {
  const token = account && (await tokenFor(server, account))
  const visitor = await Visitor.open(server.port, token)
  await visitor.push(REPOSITORY, 'v1')
  visitor.close()
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

function visitors(server: Server, token?: string): Promise<Visitor[]> {
  return Promise.all(Array.from({ length: 16 }, () => Visitor.open(server.port, token)))
}

/** Microseconds of the server's CPU for each read. */
async function cpuOfReads(server: Server, all: readonly Visitor[], path: string): Promise<number> {
  const before = costOf(server.pid).cpuMicroseconds
  const end = performance.now() + SECONDS * 1000
  let reads = 0
  await Promise.all(
    all.map(async (visitor) => {
      while (performance.now() < end) {
        await visitor.get(path)
        reads++
      }
    }),
  )
  server.cutLogs()
  return (costOf(server.pid).cpuMicroseconds - before) / reads
}

/** Of anonymous reads and of pushes, while that many wrong logins arrive at once. */
async function latencies(
  path: string,
  token: string | undefined,
  wrongLogins: number,
): Promise<Latencies> {
  const guessing = guess(guarded.port, wrongLogins)
  const end = performance.now() + 3 * SECONDS * 1000
  const timed = async (client: string | undefined, work: (one: Visitor) => Promise<void>) => {
    const visitor = await Visitor.open(guarded.port, client)
    const times: number[] = []
    while (performance.now() < end) {
      const began = performance.now()
      await work(visitor)
      times.push(performance.now() - began)
    }
    visitor.close()
    return times
  }
  let pushed = 0
  const [reads, pushes] = await Promise.all([
    Promise.all([1, 2].map(() => timed(undefined, (visitor) => visitor.get(path)))),
    Promise.all(
      [1, 2].map(() =>
        timed(token, (visitor) => visitor.push(REPOSITORY, `w${wrongLogins}-${pushed++}`)),
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
