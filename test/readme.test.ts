import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { repository } from './cli/process.ts'

interface Document {
  /** Levels of the headings, in order. */
  readonly headings: readonly number[]
  readonly code: readonly string[]
  /** Of each table the cells that are code or links, row by row: those need no translation. */
  readonly cells: readonly string[]
  /** Where links and pictures lead, without those to the other language and to pictures of pages in it. */
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
  it('has the headings of README.md', () => {
    assert.ok(english.headings.length > 5)
    assert.deepEqual(chinese.headings, english.headings)
  })

  it('has its code, letter by letter', () => {
    assert.ok(english.code.length > 5)
    assert.deepEqual(chinese.code, english.code)
  })

  it('has its tables and links', () => {
    assert.deepEqual(chinese.cells, english.cells)
    assert.deepEqual(chinese.links, english.links)
  })

  it('is Chinese', () => {
    const text = readFileSync(join(repository, 'README.zh-CN.md'), 'utf8')
    for (const paragraph of text.replaceAll(/^```[\s\S]*?^```$/gm, '').split(/\n{2,}/))
      if (/[a-z]{3,}.*[a-z]{3,}/i.test(paragraph) && !/^# |^\[English\]|^\s*$/.test(paragraph))
        assert.match(paragraph, /\p{Script=Han}/u, paragraph)
  })
})

describe('the READMEs', () => {
  it('lead to what is there', () => {
    for (const to of [...english.links, ...chinese.links])
      if (!/^https?:/.test(to)) assert.ok(existsSync(join(repository, to)), to)
  })
})
