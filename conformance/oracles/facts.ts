import type { Program } from '../program.ts'

interface Listed<T> {
  readonly total: number
  readonly items: readonly T[]
}

export interface Producer {
  readonly field: string
  readonly name: string
  readonly version: string
}

export interface Extern {
  readonly module?: string
  readonly name: string
  readonly kind: string
}

/** The facts that `wasmoor inspect --json` prints, as far as they are compared here. */
export interface Facts {
  readonly kind: string
  readonly damage?: object
  readonly oddities: Listed<object>
  readonly partlyRead: Listed<{ readonly part: string }>
  readonly imports: Listed<Extern>
  readonly exports: Listed<Extern>
  readonly producers: Listed<Producer>
  readonly nested: Listed<{
    readonly kind: string
    readonly offset: number
    readonly size: number
    readonly name?: string
    readonly producers?: readonly Producer[]
  }>
}

/** Reads the facts from the output of `wasmoor inspect --json`. */
export async function factsOf(wasmoor: Program, path: string): Promise<Facts> {
  const answer = JSON.parse(await wasmoor.run(['inspect', path, '--json'])) as {
    module?: { wasm?: Facts }
  }
  if (!answer.module?.wasm) throw new Error('wasmoor inspect found no Wasm in the file')
  return answer.module.wasm
}
