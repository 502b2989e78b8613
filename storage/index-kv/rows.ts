import { RegistryError } from '../../src/oci/errors.ts'
import type { Page, PageRequest } from '../index/page.ts'
import { beginning, rowKey } from '../keys.ts'
import type { Entry, KeyRange, KeyValue } from './key-value.ts'

/** The value of rows whose key says everything. */
export const NOTHING: Uint8Array = new Uint8Array(0)
/** The limit for ranges that an operation must see as a whole. */
export const ALL: number = Number.POSITIVE_INFINITY

export function encode(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/** @throws RegistryError UNAVAILABLE if the bytes are no JSON: the index is damaged */
export function decode<T>(bytes: Uint8Array): T {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new RegistryError(
      'UNAVAILABLE',
      'a record of the index is damaged: ask the operator of the registry to follow docs/recovery.md',
      { cause },
    )
  }
}

export function readRow<T>(store: Pick<KeyValue, 'get'>, ...key: string[]): T | undefined {
  const bytes = store.get(rowKey(...key))
  return bytes && decode<T>(bytes)
}

/** Whether there is such a row, readable or not. */
export function hasRow(store: Pick<KeyValue, 'get'>, ...key: string[]): boolean {
  return store.get(rowKey(...key)) !== undefined
}

export interface PageOfRange {
  readonly range: KeyRange
  readonly page: PageRequest
  /** Only rows whose next part begins with this text. */
  readonly prefix?: string | undefined
}

/** Reads a page of a range, and one entry more to know whether others follow. */
export async function readPage<T>(
  store: KeyValue,
  { range, page: { after = '', limit }, prefix = '' }: PageOfRange,
  read: (entry: Entry) => T,
): Promise<Page<T>> {
  const { gt, lt } = prefix === '' ? range : beginning(range, prefix)
  const from = range.gt + after
  const found = await store.entries({ gt: from > gt ? from : gt, lt }, limit + 1)
  return { entries: found.slice(0, limit).map(read), more: found.length > limit }
}
