/**
 * Counts each value in the bucket of the first boundary that is not below it; the last bucket is
 * for values above all boundaries.
 */
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
