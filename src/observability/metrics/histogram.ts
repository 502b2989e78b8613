/** Counts values by the first of its boundaries that is not below them; the last count is of those above all. */
export class Histogram {
  readonly boundaries: readonly number[]
  readonly counts: number[]
  sum = 0
  count = 0

  constructor(boundaries: readonly number[]) {
    this.boundaries = boundaries
    this.counts = Array.from({ length: boundaries.length + 1 }, () => 0)
  }

  add(value: number): void {
    let place = 0
    while (value > this.boundaries[place]!) place++
    this.counts[place]!++
    this.sum += value
    this.count++
  }
}
