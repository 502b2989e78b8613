/** Bytes written down: numbers are bytes, texts their UTF-8. */
export type Part = number | string | Uint8Array | readonly Part[]

export function bytes(...parts: readonly Part[]): Uint8Array {
  const pieces: Uint8Array[] = []
  gather(parts, pieces)
  return Uint8Array.from(Buffer.concat(pieces))
}

function gather(parts: readonly Part[], pieces: Uint8Array[]): void {
  for (const part of parts) {
    if (typeof part === 'number') pieces.push(Uint8Array.of(part))
    else if (typeof part === 'string') pieces.push(Buffer.from(part))
    else if (part instanceof Uint8Array) pieces.push(part)
    else gather(part, pieces)
  }
}

/** LEB128, at least `length` bytes long. */
export function leb(value: number, length = 1): number[] {
  const digits: number[] = []
  for (let rest = value; rest > 0 || digits.length < length; rest = Math.floor(rest / 128)) {
    digits.push(rest % 128)
  }
  return digits.map((digit, position) => (position < digits.length - 1 ? digit | 0x80 : digit))
}

export function name(text: string | Uint8Array): Part {
  return [leb(Buffer.byteLength(text)), text]
}

export function list(...entries: readonly Part[]): Part {
  return [leb(entries.length), entries]
}

export function section(id: number, ...contents: readonly Part[]): Uint8Array {
  const body = bytes(...contents)
  return bytes(id, leb(body.length), body)
}

export function custom(text: string, ...contents: readonly Part[]): Uint8Array {
  return section(0, name(text), contents)
}

export const CORE = bytes('\0asm', 1, 0, 0, 0)
export const COMPONENT = bytes('\0asm', 0x0d, 0, 1, 0)

export function core(...sections: readonly Part[]): Uint8Array {
  return bytes(CORE, sections)
}

export function component(...sections: readonly Part[]): Uint8Array {
  return bytes(COMPONENT, sections)
}

export function producers(...fields: readonly [field: string, name: string, version: string][]) {
  return custom(
    'producers',
    list(...fields.map(([field, who, version]) => [name(field), list([name(who), name(version)])])),
  )
}
