import { type CatalogView, CatalogService } from '../../src/registry/catalog.ts'
import { RegistryContext } from '../../src/registry/context.ts'
import type { RepositoryRecord } from '../../storage/index/repositories.ts'
import type { PageRequest } from '../../storage/index/page.ts'
import { KeptLog } from './kept-log.ts'
import { memoryStorage } from './memory-storage.ts'

/** A catalog of `count` repositories, and the number of names in each of its reads. */
export function catalogOf(count: number, nameOf = (number: number) => `r${100_000 + number}`) {
  const names = Array.from({ length: count }, (_, number) => nameOf(number)).toSorted()
  const reads: number[] = []
  const list = async ({ after, limit }: PageRequest) => {
    const start = after === undefined ? 0 : names.findIndex((name) => name > after)
    const found = start === -1 ? [] : names.slice(start, start + limit)
    reads.push(found.length)
    const entries = found.map((name) => ({ name }) as RepositoryRecord)
    return { entries, more: start !== -1 && start + limit < names.length }
  }
  const storage = memoryStorage()
  const index = Object.create(storage.index, {
    repositories: { value: { list } },
  }) as typeof storage.index
  const context = new RegistryContext({ ...storage, index }, new KeptLog(), Date.now)
  return { catalog: new CatalogService(context), names, reads }
}

/** A view of single repositories, which tells nothing about others. */
export function viewOf(couldPull: (name: string) => boolean): CatalogView {
  return { couldPull, couldPullSome: () => true }
}
