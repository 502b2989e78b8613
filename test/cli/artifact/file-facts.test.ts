import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readFileFacts } from '../../../src/cli/artifact/file-facts.ts'
import { digest } from '../../support/manifest-texts.ts'
import { filter } from '../../wasm/build/conventions.ts'
import { read } from '../../wasm/build/read.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('readFileFacts', () => {
  it('reads a file in pieces, with its hash', async () => {
    const { facts, sha256 } = await readFileFacts(inPieces(filter, 7))
    assert.deepEqual(facts, read(filter))
    assert.equal(`sha256:${sha256}`, digest(filter))
  })
})
