import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readSources, type Source, sourceOf } from './architecture/source.ts'
import * as rules from './vocabulary/retired-words.ts'

const root = join(import.meta.dirname, '..')
const sources = readSources(root)
const product = sources.filter(({ path }) => /^(src|storage|console)\//.test(path))

/** All text of a file, comments included. */
const wholeText = (path: string): Source => ({
  path,
  code: readFileSync(join(root, path), 'utf8'),
  lines: 0,
  imports: [],
})

// CHANGELOG.md has the retired words in its table of old and new ones.
const documents = globSync('{*,*/*,*/*/*}.md', {
  cwd: root,
  exclude: ['node_modules', 'CHANGELOG.md'],
}).map(wholeText)

interface Case {
  readonly title: string
  readonly rule: rules.Rule
  readonly checked: readonly Source[]
  /** Files that break the rule: path → text, and the fault that is reported. */
  readonly broken: readonly [files: Record<string, string>, fault: RegExp][]
  /** Similar files that keep the rule. */
  readonly kept: readonly Record<string, string>[]
}

const cases: readonly Case[] = [
  {
    title: 'names, texts and comments use the words of the glossary',
    rule: rules.words,
    checked: [...product.map(({ path }) => wholeText(path)), ...documents],
    broken: [
      [{ 'src/a.ts': 'const told = 1' }, /src\/a\.ts says "told"/],
      [{ 'src/a.ts': 'function dropLoose() {}' }, /"loose": use unreferenced/],
      [{ 'src/a.ts': 'class JudgeRun {}' }, /"judge"/],
      [{ 'src/a.ts': "const text = 'this is a trap for pullers'" }, /"trap"/],
      [{ 'src/a.ts': 'x = wasm.telltales' }, /"telltales": use host hints/],
      [{ 'src/a.ts': 'let settled = false' }, /"settled"/],
      [{ 'src/registry/a.ts': 'function letGo() {}' }, /"let go": use mark as unreferenced/],
      [{ 'src/registry/a.ts': 'outcome = { forgottenBlobs }' }, /"forgotten": use deleted/],
      [{ 'storage/index/a.ts': "type Verdict = 'kept' | 'deleted'" }, /"verdict": use decision/],
      [{ 'src/auth/a.ts': 'this.claimed = user' }, /"claimed": use attempted/],
      [{ 'storage/index-kv/a.ts': "under('strays')" }, /"strays"/],
      [{ 'docs/a.md': 'Whoever pushes the layer' }, /"whoever"/],
    ],
    kept: [
      { 'src/a.ts': 'const client = relies(believes)' },
      { 'src/wasm/a.ts': "isWasmType(type), layers === 'wasm-typed', verdict" },
      { 'src/a.ts': 'await Promise.allSettled(all)' },
      { 'src/a.ts': 'rows.find(isDoorless), strapped, loosened' },
      { 'src/config/key.ts': 'z.core.$ZodLooseShape' },
      { 'storage/index-kv/migrations.ts': "under('loose', strays)" },
      { 'docs/a.md': 'A client finds, the package applies.' },
    ],
  },
  {
    title: 'no name "finds" in code',
    rule: rules.findsAsName,
    checked: product,
    broken: [
      [{ 'src/a.ts': 'readonly finds: Finds' }, /a name "finds"/],
      [{ 'src/a.ts': 'this.#finds.blob(name)' }, /a name "finds"/],
    ],
    kept: [{ 'src/a.ts': "// the client finds, as always\nconst text = 'a file that wkg finds'" }],
  },
  {
    title: 'file names use the words of the glossary',
    rule: rules.fileNames,
    checked: [...sources, ...documents],
    broken: [
      [{ 'src/auth/door.ts': '' }, /named "door"/],
      [{ 'test/registry/wrong-judge.test.ts': '' }, /named "judge"/],
      [{ 'src/strays/a.ts': '' }, /named "strays": use orphans/],
    ],
    kept: [{ 'src/doors-and-outdoor.ts': '', 'src/client.ts': '' }],
  },
]

describe('the vocabulary', () => {
  for (const { title, rule, checked, broken, kept } of cases) {
    it(title, () => {
      assert.ok(checked.length > 100)
      assert.deepEqual(rule(checked), [])
    })

    it(`${title}: the rule reports violations and nothing else`, () => {
      for (const [files, fault] of broken) {
        const faults = rule(sourcesOf(files))
        assert.equal(faults.length, 1, JSON.stringify([files, faults]))
        assert.match(faults[0] ?? '', fault)
      }
      for (const files of kept) assert.deepEqual(rule(sourcesOf(files)), [])
    })
  }
})

function sourcesOf(files: Record<string, string>): Source[] {
  return Object.entries(files).map(([path, text]) => sourceOf(path, text))
}
