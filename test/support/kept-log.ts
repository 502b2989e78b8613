import type { Log } from '../../src/base/log.ts'

export interface KeptLine {
  readonly level: keyof Log
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/**
 * A log that keeps its lines, and lets a test wait for one: the access line of a request follows
 * its answer by a moment.
 */
export class KeptLog implements Log {
  readonly lines: KeptLine[] = []
  readonly #waiting = new Set<() => void>()

  debug(fields: object, message: string): void {
    this.#keep('debug', fields, message)
  }

  info(fields: object, message: string): void {
    this.#keep('info', fields, message)
  }

  warn(fields: object, message: string): void {
    this.#keep('warn', fields, message)
  }

  error(fields: object, message: string): void {
    this.#keep('error', fields, message)
  }

  /** The fields of every access line of a request. */
  accessLines(requestId: string): KeptLine['fields'][] {
    return this.lines
      .filter(({ fields, message }) => message === 'request' && fields['requestId'] === requestId)
      .map(({ fields }) => fields)
  }

  /** The fields of the access line of a request, as soon as it is written. */
  async accessLine(requestId: string): Promise<KeptLine['fields']> {
    const isIts = ({ fields, message }: KeptLine) =>
      message === 'request' && fields['requestId'] === requestId
    return (await this.line(isIts)).fields
  }

  /** The first line after so many that fits, as soon as it is written. */
  async line(fits: (line: KeptLine) => boolean, after = 0): Promise<KeptLine> {
    // A watcher of files does not keep the process alive.
    const alive = setInterval(() => undefined, 60_000)
    try {
      for (;;) {
        const found = this.lines.slice(after).find(fits)
        if (found) return found
        await new Promise<void>((resolve) => {
          this.#waiting.add(resolve)
        })
      }
    } finally {
      clearInterval(alive)
    }
  }

  #keep(level: keyof Log, fields: object, message: string): void {
    this.lines.push({ level, fields: { ...fields }, message })
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
