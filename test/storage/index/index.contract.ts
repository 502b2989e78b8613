import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { IndexTest, OpenIndex } from '../../support/open-index.ts'
import { rowFaults } from '../../support/row-consistency.ts'
import { factIndexTests } from './facts.contract.ts'
import { blobIndexTests } from './blobs.contract.ts'
import { concurrentIndexTests } from './concurrency.contract.ts'
import { indexListTests } from './lists.contract.ts'
import { leaseIndexTests } from './leases.contract.ts'
import { selectionTests } from './selections.contract.ts'
import { collectionTests } from './collection.contract.ts'
import { manifestDeletionTests } from './deletion.contract.ts'
import { manifestsTogetherTests } from './manifests-together.contract.ts'
import { manifestIndexTests } from './manifests.contract.ts'

/** Tests for every {@link Index}. */
export function indexContract(
  engineName: string,
  open: (test: TestContext) => Promise<OpenIndex>,
): void {
  const test: IndexTest = (title, body) => {
    it(title, async (context) => {
      const { index, rows } = await open(context)
      try {
        await body(index, rows)
        assert.deepEqual(rowFaults(await rows()), [])
      } finally {
        await index.close()
      }
    })
  }
  describe(`the index in ${engineName}`, () => {
    describe('manifests and tags', () => manifestIndexTests(test))
    describe('several manifests at once', () => manifestsTogetherTests(test))
    describe('deleting manifests', () => manifestDeletionTests(test))
    describe('blobs', () => blobIndexTests(test))
    describe('facts about blobs', () => factIndexTests(test))
    describe('lists', () => indexListTests(test))
    describe('collection', () => collectionTests(test))
    describe('leases', () => leaseIndexTests(test))
    describe('selections from lists', () => selectionTests(test))
    describe('concurrent operations', () => concurrentIndexTests(test))
  })
}
