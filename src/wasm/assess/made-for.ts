import { CONSUMERS } from '../consumers/all.ts'
import type { ConsumerId } from '../consumers/ids.ts'
import type { InspectedArtifact } from '../model/artifact.ts'
import { type Convention, recognise } from '../model/convention.ts'
import { wasmFileOf } from '../model/wasm-file.ts'

/**
 * The consumers that an artifact is made for, by its convention and by the content of its Wasm
 * file.
 */
export function madeFor(
  { artifact, known }: InspectedArtifact,
  convention: Convention = recognise(artifact, known),
): ConsumerId[] {
  const hints = wasmFileOf(artifact, known)?.facts?.wasm?.hostHints ?? []
  return CONSUMERS.filter(({ isMadeFor }) => isMadeFor(convention.id, hints)).map(({ id }) => id)
}

/** The consumers that an index is made for: those that its known children are made for. */
export function indexMadeFor(children: ReadonlyMap<string, InspectedArtifact>): ConsumerId[] {
  return [...new Set([...children.values()].flatMap((child) => madeFor(child)))]
}
