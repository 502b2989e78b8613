/** Bytes of a request, and how to end them early. */
export interface UploadBody {
  /** Each is valid until the next one is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** How many they are, if the request says so. */
  readonly length?: number
  /** Makes `chunks` fail soon: somebody else goes on with the session. */
  abort(): void
}

/** The part of a blob that a request brings. */
export interface UploadPart {
  readonly body: UploadBody
  /** Where it claims to begin; absent for "goes on". */
  readonly start?: number
  /** How many bytes it claims to bring. */
  readonly length?: number
}
