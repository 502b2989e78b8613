const KIBIBYTE = 1024
/** Large writes cost less than many small ones; with many writers at a time each has less, so that memory stays bounded. */
const SIZES = [
  { upTo: 4, bytes: 1024 * KIBIBYTE },
  { upTo: 32, bytes: 128 * KIBIBYTE },
]
/** Bytes that are kept for the next writer while nobody uses them. */
const MOST_IDLE = 4096 * KIBIBYTE

const idle: Buffer[] = []
let idleBytes = 0
let taken = 0

/**
 * Memory to gather bytes in before they are written, to be given back with {@link giveWriteBuffer}: fresh memory costs more.
 * Undefined where so many are taken that whoever asks had better write what it has.
 */
export function takeWriteBuffer(): Buffer | undefined {
  const bytes = SIZES.find(({ upTo }) => taken < upTo)?.bytes
  if (bytes === undefined) return undefined
  taken++
  const place = idle.findIndex(({ byteLength }) => byteLength === bytes)
  if (place === -1) return Buffer.allocUnsafeSlow(bytes)
  idleBytes -= bytes
  return idle.splice(place, 1)[0]
}

export function giveWriteBuffer(buffer: Buffer): void {
  taken--
  if (idleBytes + buffer.byteLength > MOST_IDLE) return
  idle.push(buffer)
  idleBytes += buffer.byteLength
}
