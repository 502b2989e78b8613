import { looksLikeDigest } from './digest.ts'
import { RegistryError } from './errors.ts'
import { isMediaType } from './media-types.ts'

/** image-spec v1.1, "OCI Content Descriptors"; what the registry itself reads of one. */
export interface Descriptor {
  readonly mediaType: string
  /** By grammar a digest, possibly of an algorithm that is not stored here. */
  readonly digest: string
  /** Bytes. */
  readonly size: number
}

/** A layer with the file name that the pusher gave it. */
export interface Layer extends Descriptor {
  /** Annotation `org.opencontainers.image.title`: untrusted text. */
  readonly title?: string
}

/** The entry of a manifest in an index. */
export interface Child extends Descriptor {
  readonly platform?: { readonly os: string; readonly architecture: string }
}

const TITLE = 'org.opencontainers.image.title'

export type JsonObject = { readonly [key: string]: unknown }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads the descriptor at `path` of a manifest.
 * @throws RegistryError MANIFEST_INVALID, naming the path and the rule.
 */
export function readDescriptor(value: unknown, path: string): Descriptor {
  if (!isJsonObject(value))
    throw invalid(path, 'must be a descriptor: an object with mediaType, digest and size')
  const { mediaType, digest, size } = value
  if (typeof mediaType !== 'string' || !isMediaType(mediaType)) {
    throw invalid(`${path}.mediaType`, 'must be a media type such as application/wasm')
  }
  if (typeof digest !== 'string' || !looksLikeDigest(digest)) {
    throw invalid(`${path}.digest`, 'must be a digest such as sha256:<64 hex digits>')
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`${path}.size`, 'must be the length in bytes, a whole number from 0')
  }
  checkOptionalFields(value, path)
  return { mediaType, digest, size }
}

/** Clients that read the fields into types refuse a whole manifest for one of another type. */
function checkOptionalFields(descriptor: JsonObject, path: string): void {
  const { annotations, urls, data, artifactType, platform } = descriptor
  readAnnotations(annotations, `${path}.annotations`)
  if (!isTextList(urls)) throw invalid(`${path}.urls`, 'must be a list of strings')
  if (!isText(artifactType)) throw invalid(`${path}.artifactType`, 'must be a string')
  if (!isText(data) || (data && Buffer.from(data, 'base64').toString('base64') !== data))
    throw invalid(`${path}.data`, 'must be a string in base64')
  if (platform === undefined || platform === null) return
  if (!isJsonObject(platform)) throw invalid(`${path}.platform`, 'must be an object')
  for (const field of ['architecture', 'os', 'os.version', 'variant'])
    if (!isText(platform[field])) throw invalid(`${path}.platform.${field}`, 'must be a string')
  for (const field of ['os.features', 'features'])
    if (!isTextList(platform[field]))
      throw invalid(`${path}.platform.${field}`, 'must be a list of strings')
}

function isText(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string'
}

function isTextList(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.every(isText))
}

/** @throws RegistryError MANIFEST_INVALID, as {@link readDescriptor} */
export function readLayer(value: unknown, path: string): Layer {
  const layer = readDescriptor(value, path)
  const { annotations } = value as JsonObject
  const title = isJsonObject(annotations) ? annotations[TITLE] : undefined
  return typeof title === 'string' ? { ...layer, title } : layer
}

/** @throws RegistryError MANIFEST_INVALID, as {@link readDescriptor} */
export function readChild(value: unknown, path: string): Child {
  const child = readDescriptor(value, path)
  const { platform } = value as JsonObject
  if (!isJsonObject(platform)) return child
  const { os, architecture } = platform
  return {
    ...child,
    platform: {
      os: typeof os === 'string' ? os : '',
      architecture: typeof architecture === 'string' ? architecture : '',
    },
  }
}

/**
 * Reads a list; an absent list is empty.
 * @throws RegistryError MANIFEST_INVALID
 */
export function readList<Entry>(
  value: unknown,
  path: string,
  read: (entry: unknown, path: string) => Entry,
): Entry[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid(path, 'must be a list of descriptors')
  return value.map((entry, position) => read(entry, `${path}[${position}]`))
}

/** image-spec v1.1, "Annotations": a map of strings; an absent map is empty. */
export function readAnnotations(value: unknown, path: string): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value)) throw invalid(path, 'must be an object of strings')
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw invalid(`${path}["${key.slice(0, 64)}"]`, 'must be a string')
  }
  return value as Record<string, string>
}

export function invalid(path: string, rule: string): RegistryError {
  return new RegistryError('MANIFEST_INVALID', `${path} ${rule}`, { detail: { path } })
}
