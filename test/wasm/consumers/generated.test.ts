import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { generate } from '../../../scripts/generate-consumers.ts'
import { repository } from '../../cli/process.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const INVENTED = `
import type { Consumer } from './consumer.ts'
import { pushWithWkg } from './shared/push-commands.ts'
import { selectUnknown } from './shared/select-child.ts'
import { withEvidence, refuses } from './shared/verdict.ts'

/** Refuses everything. */
export const INVENTED = {
  id: 'invented',
  title: 'Invented',
  position: 15,
  releases: [{ version: '7.1' }],
  sources: ['nowhere'],
  isMadeFor: (convention) => convention === 'asm-single-layer',
  select: selectUnknown,
  pull: () => ({ verdict: withEvidence('read', refuses('layer-type', 'no such thing')) }),
  run: () => withEvidence('read', refuses('not-wasm')),
  push: pushWithWkg,
  acceptsImages: false,
  usesLayouts: false,
  deploy: () => 'deploy: it\\n',
} as const satisfies Consumer
`

/** Asks the copied sources for everything that must know a consumer. */
const PROBE = `
import { subject } from './test/wasm/build/artifact.ts'
import { PUSHES } from './test/wasm/build/conventions.ts'
import { loadConfig } from './src/config/load.ts'
import { reportOn } from './src/wasm/report/report.ts'
import { reportSchema } from './src/wasm/report/schema.ts'
import { SNIPPETS } from './src/wasm/snippets/snippets.ts'
import { INSPECT_OPTIONS } from './src/cli/artifact/options.ts'
import { decide } from './src/wasm/policy/decision.ts'

const policies = JSON.stringify([{ repositories: ['a'], mode: 'enforce', consumers: ['invented'] }])
const config = loadConfig({ flags: new Map([['wasm.policies', policies]]), environment: {} })
const request = { ...subject(PUSHES['asm-single-layer']), reference: 'h/r:v1', tag: 'v1' }
const report = reportOn(request, { policy: config.wasm.policies[0] })
reportSchema.parse(report)
console.log(JSON.stringify({
  rows: report.consumers.map(({ consumer, title, hasSnippet }) => [consumer, title, hasSnippet]),
  madeFor: report.convention.madeFor,
  warnings: decide(request, { mode: 'warn' }).warnings.map(({ text, consumers }) => ({ text, consumers })),
  refused: decide(request, config.wasm.policies[0]).refusals.map(({ fix }) => fix),
  snippets: SNIPPETS,
  option: INSPECT_OPTIONS.for.description,
}))
`

interface Found {
  readonly rows: readonly (readonly [id: string, title: string, hasSnippet: boolean])[]
  readonly madeFor: readonly string[]
  readonly warnings: readonly { readonly text: string; readonly consumers: readonly string[] }[]
  readonly refused: readonly { readonly command?: string }[]
  readonly snippets: readonly string[]
  readonly option: string
}

/** A copy of the sources with one more consumer, after `npm run generate`. */
async function withInvented(test: TestContext): Promise<string> {
  const copy = await temporaryDirectory(test)
  for (const part of ['src', 'storage', 'scripts', 'docs', 'package.json'])
    await cp(join(repository, part), join(copy, part), { recursive: true })
  await mkdir(join(copy, 'test/wasm'), { recursive: true })
  for (const part of ['build', 'fixtures'])
    await cp(join(repository, 'test/wasm', part), join(copy, 'test/wasm', part), {
      recursive: true,
    })
  await symlink(join(repository, 'node_modules'), join(copy, 'node_modules'))
  await writeFile(join(copy, 'src/wasm/consumers/invented.ts'), INVENTED)
  await promisify(execFile)(process.execPath, ['scripts/generate-consumers.ts'], { cwd: copy })
  return copy
}

describe('the list of consumers', () => {
  it('is what npm run generate makes of the files', async () => {
    for (const [path, text] of await generate(repository))
      assert.equal(await readFile(join(repository, path), 'utf8'), text, path)
  })

  it('has a consumer as soon as its file is there: report, policies, configuration, snippets, help, docs', async (test) => {
    const copy = await withInvented(test)
    await writeFile(join(copy, 'probe.ts'), PROBE)
    const { stdout } = await promisify(execFile)(process.execPath, ['probe.ts'], { cwd: copy })
    const found = JSON.parse(stdout) as Found
    assert.deepEqual(found.rows[1], ['invented', 'Invented', true])
    assert.deepEqual(found.madeFor.slice(0, 2), ['istio', 'invented'])
    const warning = found.warnings.find(({ consumers }) => consumers.includes('invented'))
    assert.equal(warning?.text, 'Invented 7.1 will not pull this: no such thing')
    assert.match(found.refused[0]?.command ?? '', /^wkg oci push h\/r:v1 /)
    assert.ok(found.snippets.includes('invented'))
    assert.match(found.option, /istio, invented, envoy-gateway/)
    const docs = await readFile(join(copy, 'docs/wasm.md'), 'utf8')
    assert.match(docs, /\| `invented` +\| Invented +\| 7\.1 +\| yes/)
  })
})
