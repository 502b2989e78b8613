import { KIB } from '../../src/base/sizes.ts'

/**
 * Large writes cost less than many small ones. With more writers each gets a smaller buffer, so
 * memory stays bounded.
 */
const SIZES = [
  { upTo: 4, bytes: 1024 * KIB },
  { upTo: 32, bytes: 128 * KIB },
]
/**
 * Most bytes of unused buffers that are kept for the next writer: more than all writers have at a
 * time. Otherwise buffers would be dropped and made again with every write, faster than V8 frees
 * them.
 */
const MOST_IDLE = 8192 * KIB

const idle: Buffer[] = []
let idleBytes = 0
let taken = 0

/**
 * A buffer to gather bytes in before they are written, to be returned with {@link giveWriteBuffer}:
 * fresh memory costs more. Undefined if so many are in use that the caller should write without
 * one.
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
