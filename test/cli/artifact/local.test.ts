import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { WasmReport } from '../../../src/wasm/report/report.ts'
import { CommandError } from '../../../src/cli/command.ts'
import { inspectCommand } from '../../../src/cli/inspect.ts'
import { lintCommand } from '../../../src/cli/lint.ts'
import { digest } from '../../support/manifest-texts.ts'
import { filter, server } from '../../wasm/build/conventions.ts'
import { proxyModule } from '../../wasm/build/core-module.ts'
import { printedBy } from './printed.ts'

const directory = await mkdtemp(join(tmpdir(), 'wasmoor-local-'))
after(() => rm(directory, { recursive: true }))

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  await writeFile(join(directory, name), bytes)
  return join(directory, name)
}

const good = await file('good.wasm', filter)
const alone = await file('alone.wasm', proxyModule({ imports: [['env', 'x', '()->()']] }))
const cut = await file('cut.wasm', filter.subarray(0, -1))
const page = await file('page.wasm', '<!DOCTYPE html><html>')
const component = await file('component.wasm', server)

async function inspected(path: string): Promise<WasmReport> {
  const { text } = await printedBy(inspectCommand, path, '--json')
  return JSON.parse(text) as WasmReport
}

describe('wasmoor inspect FILE', () => {
  it('prints the facts, the hash and the verdicts of a file as JSON', async () => {
    const { schemaVersion, module, consumers, findings } = await inspected(good)
    assert.equal(schemaVersion, 1)
    assert.equal(`sha256:${module?.sha256}`, digest(filter))
    assert.equal(module?.wasm?.imports.items[0]?.name, 'proxy_log')
    const envoy = consumers.find(({ consumer }) => consumer === 'envoy')
    assert.deepEqual([envoy?.pull.rule, envoy?.run.verdict], ['no-such-stage', 'ok'])
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'info'),
      [],
    )
  })

  it('prints a table of verdicts, without colours if it is no terminal', async () => {
    const { code, text } = await printedBy(inspectCommand, good)
    assert.equal(code, 0)
    assert.match(text, /content +core module, \d+ bytes/)
    assert.match(text, /proxy-wasm +proxy_abi_version_0_2_1/)
    assert.match(text, /^Envoy 1\.40\.0 +- +ok$/m)
    // oxlint-disable-next-line no-control-regex -- colours are for terminals
    assert.doesNotMatch(text, /\u001b/)
  })

  it('prints the kind of content of a file that is not Wasm', async () => {
    assert.match((await printedBy(inspectCommand, page)).text, /content +html, 21 bytes/)
    assert.equal((await inspected(component)).convention.id, 'wkg')
  })

  it('escapes control characters in foreign names', async () => {
    const nasty = await file('nasty.wasm', proxyModule({ functions: { '\u001b[31m\n': '()->()' } }))
    assert.match((await printedBy(inspectCommand, nasty)).text, /exports .*\{1b\}\[31m\{a\}/)
  })
})

describe('wasmoor lint FILE', () => {
  it('ends with exit code 0 if there is no finding', async () => {
    assert.deepEqual(await printedBy(lintCommand, good), {
      code: 0,
      text: 'clean: two layers, one of them the module (solo-io, oci variant)\n',
    })
    assert.equal((await printedBy(lintCommand, component)).code, 0)
  })

  it('ends with exit code 1 if the file is cut off or is not Wasm', async () => {
    for (const [path, words] of [
      [cut, /^error: the file is cut off: its code section/],
      [page, /^error: the file is an HTML page\n {2}download the file again/],
    ] as const) {
      const { code, text } = await printedBy(lintCommand, path)
      assert.equal(code, 1)
      assert.match(text, words)
    }
  })

  it('ends with exit code 1 if a runtime refuses that the file is made for, or that --for names', async () => {
    const { code, text } = await printedBy(lintCommand, alone)
    assert.equal(code, 1)
    assert.match(text, /fail to run it: Failed to load Wasm module due to a missing import: env\.x/)
    assert.equal((await printedBy(lintCommand, component, '--for', 'envoy')).code, 1)
    assert.equal((await printedBy(lintCommand, component, '--for', 'wkg,wash')).code, 0)
  })

  it('ends with exit code 2 if nothing could be read', async () => {
    const failing = (code: number, message: RegExp) => (error: unknown) =>
      error instanceof CommandError && error.exitCode === code && message.test(error.message)
    const lint = (...words: string[]) => printedBy(lintCommand, ...words)
    await assert.rejects(lint(join(directory, 'none.wasm')), failing(2, /neither a file nor HOST/))
    await assert.rejects(lint('127.0.0.1:1/a/b:v1'), failing(2, /cannot be reached/))
    await assert.rejects(
      lint(good, '--for', 'nginx'),
      failing(2, /unknown runtime in --for: nginx \(use istio, envoy-gateway/),
    )
    await assert.rejects(lint(), failing(2, /missing argument: FILE or HOST/))
  })
})
