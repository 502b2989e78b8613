import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loggerTo } from '../../src/log.ts'
import { program } from '../cli/process.ts'

/**
 * Bidirectional overrides, C1 controls and DEL: everything that JSON leaves as it is and terminals
 * obey.
 */
const HOSTILE = 'x\x9b31m\x7f\x85\u2028\u202e\u2066y'
const OBEYED = /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

describe('a text of a client in the log', () => {
  it('L13: has no control characters, at any depth and in errors', () => {
    const lines: string[] = []
    const log = loggerTo({ write: (line: string) => void lines.push(line) }, 'info')
    log.info({ userAgent: HOSTILE, deep: { list: [HOSTILE] } }, 'request')
    log.error({ err: new Error(HOSTILE) }, 'unexpected error')
    for (const line of lines) assert.doesNotMatch(line, OBEYED)
    const { userAgent } = JSON.parse(lines[0]!) as { userAgent: string }
    assert.match(userAgent, /^x\\u009b31m\\u007f/)
    assert.doesNotMatch(userAgent, OBEYED)
  })

  it('L13: has none in the log for people either', async () => {
    const module = `import { flushLog, openLog } from './src/log.ts'
      const log = await openLog({ level: 'info', format: 'pretty' })
      log.info({ userAgent: ${JSON.stringify(HOSTILE)} }, 'request')
      await flushLog(log)`
    const { ended } = program([process.execPath, '--input-type=module', '-e', module])
    const { stdout } = await ended
    assert.match(stdout, /31m/)
    assert.doesNotMatch(stdout, OBEYED)
  })
})
