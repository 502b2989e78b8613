import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Job, PreparedLoad, Tally } from './job.ts'

const PROGRAM = fileURLToPath(new URL('process.ts', import.meta.url))

interface Message {
  readonly ready?: true
  readonly tally?: Tally
  readonly failed?: string
}

/** Prepares a job in a process of its own, apart from the measuring process. */
export async function prepareBuiltIn(port: number, job: Job): Promise<PreparedLoad> {
  const child = fork(PROGRAM)
  const next = () =>
    new Promise<Message>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the load generator ended unexpectedly')))
      child.once('message', (message: Message) => {
        child.removeAllListeners('exit')
        if (message.failed === undefined) resolve(message)
        else reject(new Error(message.failed))
      })
    })
  try {
    child.send({ port, job })
    await next()
  } catch (error) {
    child.kill()
    throw error
  }
  return async () => {
    try {
      child.send('go')
      const { tally } = await next()
      if (tally === undefined) throw new Error('the load generator has no result')
      return tally
    } finally {
      child.kill()
    }
  }
}
