/** Chance that is the same in every run: sfc32, seeded by one number. */
export class SeededRandom {
  readonly seed: number
  #a = 0x9e3779b9
  #b = 0x243f6a88
  #c: number
  #counter = 1

  constructor(seed: number) {
    this.seed = seed
    this.#c = seed >>> 0
    for (let round = 0; round < 15; round++) this.#next()
  }

  /** A whole number from 0, below `bound`. */
  below(bound: number): number {
    return Math.floor((this.#next() / 0x1_0000_0000) * bound)
  }

  /** A whole number, both ends included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1)
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.#next() / 0x1_0000_0000 < probability
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)]
    if (choice === undefined) throw new Error('nothing to pick from')
    return choice
  }

  bytes(length: number): Buffer {
    const words = new Uint32Array(Math.ceil(length / 4))
    for (let position = 0; position < words.length; position++) words[position] = this.#next()
    return Buffer.from(words.buffer, 0, length)
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }
}
