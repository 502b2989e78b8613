import type { UploadBody } from '../../src/registry/uploads/part.ts'

/** The body of a request whose client sends when a test says so. */
export class HeldBody implements UploadBody {
  readonly chunks: AsyncIterable<Uint8Array>
  aborted = false
  readonly #arrived: Uint8Array[] = []
  #end: Error | 'ended' | undefined
  #wake: () => void = () => undefined

  constructor() {
    this.chunks = this.#read()
  }

  send(chunk: Uint8Array): void {
    this.#arrived.push(chunk)
    this.#wake()
  }

  /** The request is complete, or breaks with an error. */
  end(error?: Error): void {
    this.#end ??= error ?? 'ended'
    this.#wake()
  }

  abort(): void {
    this.aborted = true
    this.end(new Error('aborted'))
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#arrived.shift()
      if (chunk) yield chunk
      else if (this.#end instanceof Error) throw this.#end
      else if (this.#end) return
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }
}
