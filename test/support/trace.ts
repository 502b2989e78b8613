import type { Changes } from '../../storage/index-kv/key-value.ts'

/** The effect of an operation. Each can be lost on its own until a sync makes it durable. */
export type Effect =
  | { readonly kind: 'make-directory'; readonly path: string }
  /** A name refers to a file from now on. */
  | { readonly kind: 'enter'; readonly path: string; readonly file: number }
  /** A name is removed; as the second half of a rename (`after`) never without the first. */
  | { readonly kind: 'leave'; readonly path: string; readonly after?: Operation }
  | {
      readonly kind: 'write'
      readonly file: number
      readonly position: number
      readonly bytes: Uint8Array
    }
  | { readonly kind: 'cut'; readonly file: number; readonly length: number }
  | { readonly kind: 'batch'; readonly changes: Changes }

export class Operation {
  readonly effect: Effect
  /** Its place in the trace. */
  readonly at: number
  /** Whether it was acknowledged: only then a sync covers it. */
  done = false
  /** From this place on it cannot be lost. */
  durableAt = Number.POSITIVE_INFINITY

  constructor(effect: Effect, at: number) {
    this.effect = effect
    this.at = at
  }
}

/** All operations of disk and index in order, with marks for requests and acknowledgements. */
export class Trace<Mark> {
  readonly operations: Operation[] = []
  readonly marks: { readonly at: number; readonly mark: Mark }[] = []
  #length = 0

  /** Places so far: the power can be cut before each of them and after the last. */
  get length(): number {
    return this.#length
  }

  begin(effect: Effect): Operation {
    const operation = new Operation(effect, this.#length++)
    this.operations.push(operation)
    return operation
  }

  /** A rename is one step: no power cut falls between its halves. */
  beginRename(from: string, to: string, file: number): [Operation, Operation] {
    const at = this.#length++
    const enter = new Operation({ kind: 'enter', path: to, file }, at)
    const leave = new Operation({ kind: 'leave', path: from, after: enter }, at)
    this.operations.push(enter, leave)
    return [enter, leave]
  }

  /** Makes the operations durable that completed before `at` and match. */
  synced(operations: Iterable<Operation>): void {
    const at = this.#length++
    for (const operation of operations) operation.durableAt = Math.min(operation.durableAt, at)
  }

  mark(mark: Mark): void {
    this.marks.push({ at: this.#length++, mark })
  }
}
