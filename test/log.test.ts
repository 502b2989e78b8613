import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loggerTo, type Logger } from '../src/log.ts'
import { program } from './cli/process.ts'

/** The lines that `say` logs. */
function logged(say: (log: Logger) => void, level = 'info') {
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  say(loggerTo({ write }, level))
  return lines
}

/** Runs the text of a module in which `log` writes to stdout. */
function logging(format: string, script: string) {
  const module = `import { flushLog, openLog } from './src/log.ts'
    const log = await openLog({ level: 'info', format: '${format}' })
    ${script}`
  return program([process.execPath, '--input-type=module', '-e', module])
}

describe('the log', () => {
  it('writes a JSON object a line, with level, time, fields and message', () => {
    const [line] = logged((log) => log.info({ status: 200 }, 'request'))
    const { time, ...rest } = line ?? {}
    assert.deepEqual(rest, { level: 'info', status: 200, msg: 'request' })
    assert.equal(new Date(String(time)).toISOString(), time)
  })

  it('drops messages below its level', () => {
    const say = (log: Logger) => {
      log.debug({}, 'a')
      log.info({}, 'b')
      log.warn({}, 'c')
      log.error({}, 'd')
    }
    assert.deepEqual(
      logged(say, 'warn').map(({ msg }) => msg),
      ['c', 'd'],
    )
    assert.deepEqual(logged(say, 'silent'), [])
  })

  it('redacts secrets at any depth and in any spelling', () => {
    const secrets = { Authorization: 'Basic s3cret', 'set-cookie': ['s3cret'], PASSWORD: 's3cret' }
    const error = Object.assign(new Error('refused'), { request: { headers: secrets } })
    const lines = logged((log) => {
      log.info({ token: 's3cret', list: [{ a: { b: { c: secrets } } }], kept: 'yes' }, 'fields')
      log.error({ error, err: error }, 'errors')
      log.error(error, 'error alone')
      log.fatal(secrets, 'fatal')
    })
    assert.doesNotMatch(JSON.stringify(lines), /s3cret/)
    assert.deepEqual(lines[0]?.['list'], [
      {
        a: {
          b: {
            c: { Authorization: '[redacted]', 'set-cookie': '[redacted]', PASSWORD: '[redacted]' },
          },
        },
      },
    ])
    assert.equal(lines[0]['kept'], 'yes')
  })

  it('drops fields that are nested too deeply to be redacted', () => {
    let tower: object = { password: 's3cret' }
    for (let level = 0; level < 20; level++) tower = { level: tower }
    const [line] = logged((log) => log.info({ tower }, 'deep'))
    assert.match(JSON.stringify(line), /\[too deep\]/)
    assert.doesNotMatch(JSON.stringify(line), /s3cret/)
  })

  it('does not change the objects that it logs', () => {
    const fields = { headers: { authorization: 'Basic s3cret' } }
    logged((log) => log.info(fields, 'request'))
    assert.equal(fields.headers.authorization, 'Basic s3cret')
  })

  it('logs errors, cycles and objects of any class', () => {
    const circle: Record<string, unknown> = { name: 'circle' }
    circle['self'] = circle
    const lines = logged((log) => {
      log.info({ circle, date: new Date(0), bytes: Buffer.from('x'), nothing: null }, 'odd')
      log.error({ error: new Error('outer', { cause: new Error('inner') }) }, 'failed')
      log.error({ error: 'text', err: undefined }, 'no error')
    })
    assert.equal(lines[0]?.['date'], '1970-01-01T00:00:00.000Z')
    const error = lines[1]?.['error'] as Record<string, unknown>
    assert.equal(error['message'], 'outer: inner')
    assert.match(String(error['stack']), /log\.test\.ts/)
    assert.equal(lines[2]?.['error'], 'text')
  })
})

describe('the log of a process', () => {
  it('writes all lines of a process that exits right after them', async () => {
    const script = `for (let i = 0; i < 5000; i++) log.info({ i }, 'line')
      process.exit(0)`
    const { stdout } = await logging('auto', script).ended
    assert.equal(stdout.trimEnd().split('\n').length, 5000)
  })

  it('writes a single line within a moment', async () => {
    const running = logging('json', `log.info({}, 'alone'); setInterval(() => {}, 1000)`)
    await running.logged('alone')
    running.kill('SIGKILL')
    await running.ended
  })

  it('is written completely after flushLog', async () => {
    const script = `log.info({}, 'last'); await flushLog(log); process.kill(process.pid, 'SIGKILL')`
    const { stdout, signal } = await logging('json', script).ended
    assert.deepEqual([signal, stdout.trimEnd().endsWith('"last"}')], ['SIGKILL', true])
  })

  it('drops lines that are not read fast enough, and logs how many', async () => {
    const script = `for (let i = 0; i < 40_000; i++) log.info({ pad: 'x'.repeat(500) }, 'line')`
    const { stdout } = await logging('json', script).ended
    const lines = stdout.trimEnd().split('\n')
    const { dropped } = JSON.parse(lines.at(-1) ?? '') as { dropped: number }
    assert.equal(lines.length - 1 + dropped, 40_000)
    assert.ok(stdout.length > 4e6 && stdout.length < 12e6, String(stdout.length))
  })

  it('writes text for people with the format pretty', async () => {
    const { stdout } = await logging('pretty', `log.info({ status: 200 }, 'request')`).ended
    assert.match(stdout, /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: request \{"status":200\}$/m)
  })
})
