import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { COMMANDS } from '../src/cli/commands.ts'
import { serveCommand } from '../src/serve.ts'
import { MAY_IMPORT, WASM_FLOORS } from './architecture/rules.ts'
import { repository } from './cli/process.ts'

interface Document {
  /** Levels of the headings, in order. */
  readonly headings: readonly number[]
  readonly code: readonly string[]
  /** The table cells that are code or links, row by row: they need no translation. */
  readonly cells: readonly string[]
  /** Targets of links and pictures, except those to the other language and to screenshots in it. */
  readonly links: readonly string[]
}

const OTHER_LANGUAGE = /^README\.|screenshots\//

function read(name: string): Document {
  const text = readFileSync(join(repository, name), 'utf8')
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '')
  const links = [...prose.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to!)
  return {
    headings: [...prose.matchAll(/^(#+) /gm)].map(([, marks]) => marks!.length),
    code: [...text.matchAll(/^```[\s\S]*?^```$/gm)].map(([block]) => block),
    cells: [...prose.matchAll(/^\| *([`[].*?) *\|/gm)].map(([, cell]) => cell!),
    links: links.filter((to) => !OTHER_LANGUAGE.test(to)).toSorted(),
  }
}

const [english, chinese] = [read('README.md'), read('README.zh-CN.md')]

describe('README.zh-CN.md', () => {
  it('has the same levels of headings as README.md', () => {
    assert.ok(english.headings.length > 5)
    assert.deepEqual(chinese.headings, english.headings)
  })

  it('has exactly the code blocks of README.md', () => {
    assert.ok(english.code.length > 3)
    assert.deepEqual(chinese.code, english.code)
  })

  it('has the same code cells and links as README.md', () => {
    assert.deepEqual(chinese.cells, english.cells)
    assert.deepEqual(chinese.links, english.links)
  })

  it('has no paragraph in English', () => {
    const text = readFileSync(join(repository, 'README.zh-CN.md'), 'utf8')
    for (const paragraph of text.replaceAll(/^```[\s\S]*?^```$/gm, '').split(/\n{2,}/))
      if (/[a-z]{3,}.*[a-z]{3,}/i.test(paragraph) && !/^# |^\[English\]|^\s*$/.test(paragraph))
        assert.match(paragraph, /\p{Script=Han}/u, paragraph)
  })
})

/** `token list` of the cell "`wasmoor token create`, `token list`", without arguments. */
const commandsOf = (cell: string) =>
  [...cell.matchAll(/`(?:wasmoor )?([^`]+)`/g)].map(([, words]) => words!.replace(/ [[A-Z].*/, ''))

describe('the READMEs', () => {
  it('list exactly the commands of the program', () => {
    const cells = english.cells.filter((cell) => cell.startsWith('`wasmoor '))
    const names = [serveCommand, ...COMMANDS].map(({ name }) => name)
    assert.deepEqual(cells.flatMap(commandsOf).toSorted(), [...names, 'help'].toSorted())
  })
})

const DOCUMENTS = globSync(['*.md', 'docs/*.md', 'deploy/*/*.md', 'examples/*/*.md'], {
  cwd: repository,
})

/** `back-up-and-restore` of the heading "Back up and restore", as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const anchorsIn = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!))

describe('the documents', () => {
  it('link only to files and headings that exist', () => {
    assert.ok(DOCUMENTS.length > 10)
    for (const name of DOCUMENTS) {
      const text = readFileSync(join(repository, name), 'utf8')
      const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '')
      for (const [, link] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(link!)) continue
        const [path = '', anchor] = link!.split('#')
        const file = path === '' ? name : join(dirname(name), path)
        assert.ok(existsSync(join(repository, file)), `${name}: ${link}`)
        if (anchor === undefined) continue
        const anchors = anchorsIn(readFileSync(join(repository, file), 'utf8'))
        assert.ok(anchors.includes(anchor), `${name}: ${link}`)
      }
    }
  })
})

describe('ARCHITECTURE.md', () => {
  it('lists every room with the rooms it may import', () => {
    const text = readFileSync(join(repository, 'ARCHITECTURE.md'), 'utf8')
    const rows = [...text.matchAll(/^\| `([a-z]+)` .*\|([^|]*)\|$/gm)].map(([, room, imports]) => [
      room!,
      [...imports!.matchAll(/`([a-z]+)`/g)].map(([, name]) => name!),
    ])
    assert.deepEqual(Object.fromEntries(rows), MAY_IMPORT)
  })

  it('lists the folders of src/wasm in the order of their imports', () => {
    const text = readFileSync(join(repository, 'ARCHITECTURE.md'), 'utf8')
    const [, floors] = /\*\*wasm\*\* has floors([\s\S]*?)\n- \*\*/.exec(text)!
    const names = [...floors!.matchAll(/(?:^|:|→)\s*`([a-z]+)`/g)].map(([, name]) => name)
    assert.deepEqual(names, WASM_FLOORS)
  })
})

describe('docs/operations.md', () => {
  it('describes every metric of the code', () => {
    const text = readFileSync(join(repository, 'docs/operations.md'), 'utf8')
    const files = globSync('src/observability/metrics/*.ts', { cwd: repository })
    const names = files.flatMap((file) => {
      const code = readFileSync(join(repository, file), 'utf8')
      return [...code.matchAll(/'((?:wasmoor|nodejs|process)_[a-z_]+)'/g)].map(([, name]) => name!)
    })
    assert.ok(names.length > 20)
    const missing = names.filter((name) => !text.includes(name) && !name.startsWith('process_'))
    assert.deepEqual(missing, [])
  })
})
