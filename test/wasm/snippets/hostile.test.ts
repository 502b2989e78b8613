import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, it } from 'node:test'
import { comment, shellWord, yamlDocument } from '../../../src/wasm/consumers/shared/quoting.ts'
import { SNIPPETS, writeSnippet } from '../../../src/wasm/snippets/snippets.ts'
import type { Plan } from '../build/artifact.ts'
import { PUSHES } from '../build/conventions.ts'
import { deployed, documentIn } from './deployed.ts'

const NASTY = [
  'on',
  '12:30:45',
  '1e3',
  '0x1F',
  '~',
  '',
  '- a',
  'a: b',
  '#c',
  "'; touch /tmp/x; '",
  '$(touch /tmp/x)',
  '`id`',
  '"\n# b',
  '---\nkind: Pod',
  '\u2028x',
  '\u0085x',
  '\ufeff',
  '%',
  '@type',
  '\\',
  '!x',
  '&a *a',
]
const hostile = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary' }),
  fc.tuple(fc.constantFrom(...NASTY), fc.string()).map((parts) => parts.join('')),
)

describe('names that others gave', () => {
  it('names that others gave stay texts in YAML, whatever they look like', () => {
    fc.assert(
      fc.property(hostile, hostile, (about, value) => {
        const text = yamlDocument([about], { kind: value, list: [value] })
        assert.deepEqual(documentIn(text), { kind: value, list: [value] })
      }),
    )
  })

  it('names that others gave stay one word of a shell, without what terminals act on', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 8 }), (values) => {
        const line = `printf '%s\\0' ${values.map(shellWord).join(' ')}`
        const printed = execFileSync('sh', ['-c', line]).toString()
        const expected = values.map((value) =>
          Buffer.from(value.replaceAll(/\p{Cc}/gu, '')).toString(),
        )
        assert.deepEqual(printed.split('\0').slice(0, -1), expected)
      }),
      { numRuns: 50 },
    )
  })

  it('names that others gave stay in their comment', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        assert.match(comment(value), /^# [ -~]*\n$/)
      }),
    )
  })

  it('names that others gave never change what a text says', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (title, rootId, type) => {
        for (const push of ['asm-single-layer', 'compat', 'wkg', 'untyped']) {
          const plan = PUSHES[push]!
          const layers = plan.layers.map((layer) => ({ ...layer, title: `x${title}` }))
          const named: Plan = { ...plan, layers, body: { config: { rootIds: [rootId] }, type } }
          for (const kind of SNIPPETS) {
            const text = writeSnippet(kind, deployed(named))
            const usual = writeSnippet(kind, deployed({ ...named, layers: plan.layers, body: {} }))
            if (kind === 'wkg' || kind === 'oras') {
              const commands = (of: string) =>
                of.split('\n').filter((line) => !line.startsWith('#'))
              assert.equal(commands(text).length, commands(usual).length || 1)
              for (const line of commands(text)) assert.match(line, /^$|^(oras|wkg) [ -~]+$/)
            } else {
              const keysOf = (of: string) => Object.keys(documentIn(of) as object)
              assert.deepEqual(keysOf(text), keysOf(usual))
            }
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})
