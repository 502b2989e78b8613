import type { Page, PageRequest } from '../index/page.ts'
import type { Repositories, RepositoryRecord } from '../index/repositories.ts'
import { lastPart, under } from '../keys.ts'
import type { Entry, KeyValue } from './key-value.ts'
import { decode, readPage, readRow } from './rows.ts'

export type RepositoryRow = Omit<RepositoryRecord, 'name'>

export class RepositoryIndex implements Repositories {
  readonly #store: KeyValue

  constructor(store: KeyValue) {
    this.#store = store
  }

  async get(name: string): Promise<RepositoryRecord | undefined> {
    const found = readRow<RepositoryRow>(this.#store, 'repository', name)
    return found && { name, ...found }
  }

  list(page: PageRequest, prefix?: string): Promise<Page<RepositoryRecord>> {
    const read = ([key, value]: Entry) => ({
      name: lastPart(key),
      ...decode<RepositoryRow>(value),
    })
    return readPage(this.#store, { range: under('repository'), page, prefix }, read)
  }
}
