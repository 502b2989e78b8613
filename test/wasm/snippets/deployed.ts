import { parse, parseAllDocuments } from 'yaml'
import assert from 'node:assert/strict'
import type { SnippetRequest } from '../../../src/wasm/snippets/snippets.ts'
import { digestOf, type Plan, subject } from '../build/artifact.ts'
import { PUSHES } from '../build/conventions.ts'

export const DIGEST = digestOf('manifest')
export const HEX = DIGEST.slice('sha256:'.length)

/** An artifact of one of the conventions at registry.test, unless told otherwise. */
export function deployed(push: string | Plan, more: Partial<SnippetRequest> = {}): SnippetRequest {
  return {
    ...subject(typeof push === 'string' ? PUSHES[push]! : push),
    host: 'registry.test',
    secure: true,
    repository: 'asm/asm-test',
    tag: 'v0.1',
    digest: DIGEST,
    ...more,
  }
}

/** The one document in a text of YAML, which readers of both versions of YAML take for the same. */
export function documentIn(text: string): unknown {
  assert.equal(parseAllDocuments(text).length, 1)
  const body: unknown = parse(text)
  assert.deepEqual(parse(text, { version: '1.1' }), body)
  return body
}

export function commentsIn(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('#'))
}
