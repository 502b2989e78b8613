import { median } from '../results.ts'
import { repositoryName, type Sizes, tagName } from './fill-store.ts'
import { PAGE_SIZE, type Target } from './targets.ts'

export interface Store {
  readonly sizes: Sizes
  readonly target: Target
}

/** Medians, in microseconds unless the name says otherwise. */
export interface Comparison {
  readonly operation: string
  readonly small: number
  readonly full: number
}

type Operation = (store: Store, repetition: number) => Promise<void>

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'manifest get, always the same tag': ({ target, sizes }) => target.get(tagName(sizes.tags / 2)),
  'manifest get, another tag each time': ({ target, sizes }, repetition) =>
    // A prime step, so that consecutive reads are far apart in the store.
    target.get(tagName((repetition * 611_953) % sizes.tags)),
  'tags, first page': ({ target }) => target.tagsPage(undefined),
  'tags, page in the middle': ({ target, sizes }) => target.tagsPage(tagName(sizes.tags / 2)),
  'tags, last page': ({ target, sizes }) => target.tagsPage(tagName(sizes.tags - 1 - PAGE_SIZE)),
  'catalog, first page': ({ target }) => target.catalogPage(undefined),
  'catalog, page in the middle': ({ target, sizes }) =>
    target.catalogPage(repositoryName(sizes.repositories / 2)),
  // The repository with all the tags is the last one.
  'catalog, last page': ({ target, sizes }) =>
    target.catalogPage(repositoryName(sizes.repositories - PAGE_SIZE)),
  // Sorted before all others, so that the last page stays the same.
  'tag put': ({ target }, repetition) => target.put(`a${Date.now()}-${repetition}`),
}

const REPETITIONS = 600
const WARM_UP = 100

/** Runs one operation at a time, alternating between the stores, so that noise affects both. */
export async function compare(small: Store, full: Store): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const [operation, act] of Object.entries(OPERATIONS)) {
    const times = new Map<Store, number[]>([
      [small, []],
      [full, []],
    ])
    for (let repetition = 0; repetition < WARM_UP + REPETITIONS; repetition += 1) {
      for (const store of repetition % 2 === 0 ? [small, full] : [full, small]) {
        const began = performance.now()
        await act(store, repetition)
        const time = (performance.now() - began) * 1000
        if (repetition >= WARM_UP) times.get(store)?.push(time)
      }
    }
    const medianOf = (store: Store) => median(times.get(store) ?? [])
    comparisons.push({ operation, small: medianOf(small), full: medianOf(full) })
  }
  return comparisons
}
