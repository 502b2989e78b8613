/** The process of the built-in load generator, which prepares a job and runs it on request. */
import type { Job, PreparedLoad } from './job.ts'
import { preparePush } from './push.ts'
import { prepareRead } from './read.ts'
import { prepareTag } from './tag.ts'
import { prepareUpload } from './upload.ts'

let load: PreparedLoad | undefined

process.on('message', (message: { port: number; job: Job } | 'go') => {
  void answer(message).catch((error: unknown) => {
    process.send?.({ failed: error instanceof Error ? (error.stack ?? error.message) : error })
  })
})

async function answer(message: { port: number; job: Job } | 'go'): Promise<void> {
  if (message === 'go') {
    process.send?.({ tally: await load?.() })
  } else {
    load = await prepare(message.port, message.job)
    process.send?.({ ready: true })
  }
}

function prepare(port: number, job: Job): Promise<PreparedLoad> {
  switch (job.kind) {
    case 'read':
      return prepareRead(port, job)
    case 'push':
      return preparePush(port, job)
    case 'upload':
      return prepareUpload(port, job)
    case 'tag':
      return prepareTag(port, job)
  }
}
