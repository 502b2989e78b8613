import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as rules from './architecture/rules.ts'
import { readSources, sourceOf } from './architecture/source.ts'

const tree = readSources(join(import.meta.dirname, '..'))

interface Case {
  readonly title: string
  readonly rule: rules.Rule
  /** Trees that break the rule: path → text, and the fault that is reported. */
  readonly broken: readonly [files: Record<string, string>, fault: RegExp][]
  /** Similar trees that keep the rule. */
  readonly kept: readonly Record<string, string>[]
}

const cases: readonly Case[] = [
  {
    title: 'a room imports only the rooms in its row of the table',
    rule: rules.arrows,
    broken: [
      [{ 'storage/a.ts': "import { b } from '../src/http/b.ts'" }, /storage must not know http/],
      [{ 'storage/a.ts': "import { b } from '../src/registry/b.ts'" }, /must not know registry/],
      [
        { 'src/oci/a.ts': "import type { B } from '../../storage/b.ts'" },
        /oci must not know storage/,
      ],
      [{ 'src/registry/a.ts': "export { b } from '../http/b.ts'" }, /registry must not know http/],
      [
        { 'src/registry/a.ts': "import {\n  b,\n  c,\n} from '../wasm/b.ts'" },
        /must not know wasm/,
      ],
      [{ 'src/auth/a.ts': "import { b } from '../wasm/b.ts'" }, /auth must not know wasm/],
      [{ 'src/wasm/a.ts': "import { b } from '../auth/b.ts'" }, /wasm must not know auth/],
      [{ 'src/http/a.ts': "import '../app.ts'" }, /http must not know app/],
      [{ 'src/http/a.ts': "import { b } from '../config.ts'" }, /http must not know config/],
      [{ 'src/registry/a.ts': "import { b } from '../log.ts'" }, /registry must not know log/],
      [{ 'src/cli/a.ts': "import { b } from '../http/b.ts'" }, /cli must not know http/],
      [{ 'src/cli/a.ts': "const b = await import('../registry/b.ts')" }, /must not know registry/],
      [{ 'src/cli/a.ts': "import { b } from '../../storage/b.ts'" }, /cli must not know storage/],
      [{ 'src/main.ts': "import { b } from './http/b.ts'" }, /main must not know http/],
      [{ 'src/oci/a.ts': "import { b } from '../../test/b.ts'" }, /oci must not know test/],
      [{ 'conformance/a.ts': "import { b } from '../src/oci/b.ts'" }, /must not know oci/],
      [{ 'src/cellar/a.ts': '' }, /in no room/],
      [{ 'src/stray.ts': '' }, /in no room/],
    ],
    kept: [
      { 'src/http/a.ts': "import { b } from '../registry/b.ts'\nimport { c } from './c.ts'" },
      { 'src/oci/a.ts': "// import { b } from '../http/b.ts'\n/* import '../http/c.ts' */" },
      { 'test/http/a.test.ts': "import { b } from '../../storage/b.ts'" },
    ],
  },
  {
    title: 'a folder of src/wasm imports only folders before it',
    rule: rules.floors,
    broken: [
      [{ 'src/wasm/read/a.ts': "import { b } from '../model/b.ts'" }, /which is above it/],
      [{ 'src/wasm/assess/a.ts': "import type { B } from '../policy/b.ts'" }, /which is above it/],
      [{ 'src/wasm/stray.ts': '' }, /in no folder/],
      [{ 'src/wasm/cellar/a.ts': '' }, /in no folder/],
    ],
    kept: [
      { 'src/wasm/live/a.ts': "import { b } from '../read/b.ts'\nimport { c } from './c.ts'" },
      { 'src/wasm/read/archive/a.ts': "import { b } from '../facts.ts'" },
      { 'src/http/a.ts': "import { b } from '../wasm/live/b.ts'" },
    ],
  },
  {
    title: 'a package is imported only in its room',
    rule: rules.packages,
    broken: [
      [{ 'src/registry/a.ts': "import Koa from 'koa'" }, /koa, which belongs elsewhere/],
      [{ 'src/auth/policy.ts': "import type { Context } from 'koa'" }, /koa, which/],
      [{ 'src/main.ts': "import Router from '@koa/router'" }, /@koa\/router, which/],
      [{ 'storage/keys.ts': "import { Level } from 'level'" }, /level, which/],
      [{ 'src/http/a.ts': "import { SignJWT } from 'jose'" }, /jose, which/],
      [{ 'src/serve.ts': "import { pino } from 'pino'" }, /pino, which/],
      [{ 'src/config/a.ts': "await import('pino-pretty')" }, /pino-pretty, which/],
    ],
    kept: [
      {
        'src/http/auth/guard.ts': "import type { Context } from 'koa'",
        'src/app.ts': "import 'koa'",
      },
      { 'storage/level/level-key-value.ts': "import { Level } from 'level'" },
      { 'storage/level/batch.ts': "import { Level } from 'level'" },
      { 'src/log.ts': "import { pino } from 'pino'", 'src/auth/keys.ts': "import 'jose/jwt/sign'" },
      { 'test/a.test.ts': "import Koa from 'koa'" },
    ],
  },
  {
    title: 'only src/config reads the environment',
    rule: rules.environment,
    broken: [
      [{ 'src/serve.ts': "const a = process.env['A']" }, /src\/serve\.ts reads/],
      [{ 'storage/a.ts': "import { env } from 'node:process'" }, /reads the environment/],
    ],
    kept: [
      { 'src/config/environment.ts': 'process.env' },
      { 'test/a.test.ts': 'process.env', 'src/oci/a.ts': '// process.env' },
    ],
  },
  {
    title: 'there are no import cycles',
    rule: rules.cycles,
    broken: [
      [
        { 'src/oci/a.ts': "import './b.ts'", 'src/oci/b.ts': "import type { A } from './a.ts'" },
        /→/,
      ],
      [{ 'src/oci/a.ts': "import './a.ts'" }, /src\/oci\/a\.ts → src\/oci\/a\.ts/],
    ],
    kept: [
      {
        'src/oci/a.ts': "import './b.ts'\nimport './c.ts'",
        'src/oci/b.ts': "import './c.ts'",
        'src/oci/c.ts': '',
      },
    ],
  },
  {
    title: 'there are no default exports',
    rule: rules.defaultExports,
    broken: [
      [{ 'src/oci/a.ts': 'export default 1' }, /default export/],
      [{ 'bench/a.ts': 'const a = 1\nexport { a as default }' }, /default export/],
    ],
    kept: [{ 'src/oci/a.ts': "export const a = 'export default'" }],
  },
  {
    title: 'there are no barrel files',
    rule: rules.barrels,
    broken: [
      [
        { 'src/oci/a.ts': "/** all */\nexport * from './b.ts'\nexport {\n  c,\n} from './c.ts'\n" },
        /re-/,
      ],
      [{ 'storage/a.ts': "import './x.ts'\nexport type { B } from './b.ts'\n" }, /only re-exports/],
    ],
    kept: [{ 'src/log.ts': "export type { Logger } from 'pino'\nexport const a = 1\n" }],
  },
  {
    title: 'no file or folder is named utils, helpers or common',
    rule: rules.names,
    broken: [
      [{ 'src/http/utils.ts': '' }, /name it by what it is/],
      [{ 'src/helpers/a.ts': '' }, /name it/],
      [{ 'test/common/a.ts': '' }, /name it/],
      [{ 'storage/util.ts': '' }, /name it/],
    ],
    kept: [{ 'src/http/commonest.ts': '', 'test/http/utility-model.test.ts': '' }],
  },
  {
    title: 'no file has more than 250 lines, and no test more than 400',
    rule: rules.lengths,
    broken: [
      [{ 'src/oci/a.ts': '\n'.repeat(251) }, /251 lines/],
      [{ 'test/a.test.ts': '\n'.repeat(401) }, /401 lines/],
    ],
    kept: [{ 'storage/a.ts': '\n'.repeat(250), 'test/a.test.ts': '\n'.repeat(400) }],
  },
]

describe('architecture', () => {
  it('is checked on all sources, storage and tests included', () => {
    const paths = new Set(tree.map(({ path }) => path))
    for (const path of ['src/main.ts', 'test/architecture.test.ts']) {
      assert.ok(paths.has(path), path)
    }
    assert.ok(tree.some(({ path }) => path.startsWith('storage/')))
  })

  for (const { title, rule, broken, kept } of cases) {
    it(title, () => assert.deepEqual(rule(tree), []))

    it(`${title}: the rule reports violations and nothing else`, () => {
      for (const [files, fault] of broken) {
        const faults = rule(sourcesOf(files))
        assert.equal(faults.length, 1, JSON.stringify(files))
        assert.match(faults[0] ?? '', fault)
      }
      for (const files of kept) assert.deepEqual(rule(sourcesOf(files)), [])
    })
  }
})

function sourcesOf(files: Record<string, string>) {
  return Object.entries(files).map(([path, text]) => sourceOf(path, text))
}
