import type { Program } from '../program.ts'

interface Verdict {
  readonly verdict: 'ok' | 'refuses' | 'unknown'
  readonly rule: string
  readonly words: readonly string[]
  readonly either?: true
}

export interface Row {
  readonly consumer: string
  readonly pull: Verdict
  readonly run: Verdict
}

/** The part of `wasmoor inspect --json` that is compared here. */
export interface Inspected {
  readonly convention: { readonly id: string }
  readonly consumers: readonly Row[]
  readonly module?: { readonly sha256?: string; readonly size: number }
}

export async function inspected(
  wasmoor: Program,
  subject: string,
  options: readonly string[] = [],
): Promise<Inspected> {
  return JSON.parse(await wasmoor.run(['inspect', subject, '--json', ...options])) as Inspected
}

export function rowOf({ consumers }: Inspected, consumer: string): Row {
  const row = consumers.find((one) => one.consumer === consumer)
  if (!row) throw new Error(`the matrix has no row for ${consumer}`)
  return row
}

/** Fails unless the verdict is what was seen: it went well, or it did not and this was said. */
export function expectVerdict(verdict: Verdict, wentWell: boolean, said: string): void {
  const expected = wentWell ? 'ok' : 'refuses'
  if (verdict.verdict !== expected) {
    throw new Error(
      `the matrix says ${verdict.verdict} (${verdict.rule}), but: ${said || expected}`,
    )
  }
  const found = verdict.words.filter((words) => said.includes(words))
  const enough = verdict.either ? found.length > 0 : found.length === verdict.words.length
  if (!wentWell && !enough) {
    throw new Error(`the matrix says: ${verdict.words.join(' | ')}\nbut what is said: ${said}`)
  }
}
