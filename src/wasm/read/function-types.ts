import { FUNCTIONS, SIGNATURES, TYPES } from './bounds.ts'

/** A list of numbers below 65,536 that ignores further ones once it has reached its bound. */
class ShortList {
  #values = new Uint16Array(64)
  #length = 0
  readonly #bound: number

  constructor(bound: number) {
    this.#bound = bound
  }

  get full(): boolean {
    return this.#length === this.#bound
  }

  push(value: number): void {
    if (this.full) return
    if (this.#length === this.#values.length) {
      const longer = new Uint16Array(Math.min(2 * this.#length, this.#bound))
      longer.set(this.#values)
      this.#values = longer
    }
    this.#values[this.#length++] = value
  }

  at(index: number): number {
    return index < this.#length ? this.#values[index]! : 0
  }
}

/** The signatures of the functions of a module, in at most about a megabyte. */
export class FunctionTypes {
  /** Text of each different signature; number 0 stands for an unknown one. */
  readonly #signatures: (string | undefined)[] = [undefined]
  readonly #numbers = new Map<string, number>()
  readonly #types = new ShortList(TYPES)
  readonly #functions = new ShortList(FUNCTIONS)

  /** Whether the bound is reached, so that later functions are not remembered. */
  get full(): boolean {
    return this.#functions.full
  }

  /** Appends a type of the module; undefined if it is not a function's, or too long. */
  addType(signature: string | undefined): void {
    this.#types.push(signature === undefined ? 0 : this.#numberOf(signature))
  }

  /** Appends a function, imported or own, of the type with this index. */
  addFunction(type: number): void {
    this.#functions.push(this.#types.at(type))
  }

  ofType(index: number): string | undefined {
    return this.#signatures[this.#types.at(index)]
  }

  ofFunction(index: number): string | undefined {
    return this.#signatures[this.#functions.at(index)]
  }

  #numberOf(signature: string): number {
    const known = this.#numbers.get(signature)
    if (known !== undefined) return known
    if (this.#signatures.length > SIGNATURES) return 0
    this.#numbers.set(signature, this.#signatures.length)
    return this.#signatures.push(signature) - 1
  }
}
