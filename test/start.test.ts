import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { program, type Program } from './cli/process.ts'

const root = mkdtempSync(join(tmpdir(), 'wasmoor-start-'))
after(() => rmSync(root, { recursive: true, force: true }))

const flags = (data: string) => ['--port', '0', '--data', join(root, data)]

/** The only child of a process; that of npm is the server, because the script ends in exec. */
function childOf({ pid }: Program): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
}

const threadsOf = (pid: number) => readdirSync(`/proc/${pid}/task`).length

describe('npm start', () => {
  it('builds and serves with eight file threads, and forwards signals', async () => {
    const npm = program(['npm', 'start', '--', ...flags('a')])
    const { port } = await npm.logged('listening')
    const health = await fetch(`http://127.0.0.1:${String(port)}/livez`)
    assert.equal(health.status, 200)
    await health.text()
    if (existsSync('/proc/self/task')) {
      const bare = program([process.execPath, 'dist/src/main.js', ...flags('b')])
      await bare.logged('listening')
      assert.equal(threadsOf(childOf(npm)), threadsOf(bare.pid) + 4)
      bare.kill('SIGTERM')
      await bare.ended
    }
    npm.kill('SIGTERM')
    const { stdout } = await npm.ended
    assert.match(stdout, /"signal":"SIGTERM".*\n.*"msg":"stopped"\}\n$/)
    await assert.rejects(fetch(`http://127.0.0.1:${String(port)}/livez`))
  })

  it('drains once on Ctrl-C, which npm receives and forwards', async () => {
    const npm = program(['npm', 'start', '--', ...flags('c')], { detached: true })
    await npm.logged('listening')
    process.kill(-npm.pid, 'SIGINT')
    const { code, stdout } = await npm.ended
    assert.match(stdout, /"msg":"stopped"\}\n$/)
    assert.equal(stdout.match(/"msg":"draining"/g)?.length, 1)
    assert.equal(code, 0)
  })
})
