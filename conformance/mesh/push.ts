import type { ToolName } from '../versions.ts'
import type { Site } from './site.ts'

/** One way in which a real client puts Wasm into a registry. */
export interface Push {
  readonly name: string
  readonly client: ToolName
  /** Arguments of the client. */
  args(reference: string, host: string): readonly string[]
  /** The pushed artifact. */
  readonly file: string
  /** The convention that the registry has to see in it. */
  readonly convention: string
  /** One cell for each consumer, in the order of the report. */
  readonly cells: string
  /** Whether somebody it is made for will not load it, which the registry has to say. */
  readonly warns: boolean
}

/** Where a push goes: a repository of its own. */
export function referenceOf({ host }: Pick<Site, 'host'>, { name }: Push): string {
  return `${host}/mesh/${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}:0.1.0`
}

/** An image that an index is made of. */
export function armImage(host: string): string {
  return `${host}/mesh/image-for-arm64:0.1.0`
}
