import {
  type PushNames,
  pushSpinApplication,
  pushWithWkg,
} from '../consumers/shared/push-commands.ts'
import type { Artifact } from '../model/artifact.ts'
import {
  isWasmType,
  OCI_EMPTY,
  SPIN_APPLICATION,
  UNKNOWN_CONFIG,
  WASM_CONFIG_V0,
} from '../model/media-types.ts'
import { wasmFileOf } from '../model/wasm-file.ts'
import { inCommand } from '../model/printable.ts'

/** Files that a command lists at most. */
const FILES = 4
/** Stands for a file name that is missing, or unsafe in a shell. */
const FILE = 'filter.wasm'
/** Stands for an unsafe media type. */
const TYPE = 'TYPE'
const NOTHING_KNOWN = { blobs: new Map(), archives: new Map() }

/** The names of an artifact in a command. */
export function namesOf(artifact: Artifact, reference: string): PushNames {
  const title = wasmFileOf(artifact, NOTHING_KNOWN)?.layer.title
  return { reference, file: inCommand(title, FILE) }
}

/**
 * The command that repeats a push with other bytes: with the client of the convention, or the same
 * types.
 */
export function pushAgain({ config, layers }: Artifact, names: PushNames): string {
  if (config?.mediaType === WASM_CONFIG_V0) return pushWithWkg(names)
  if (layers.some(({ mediaType }) => mediaType === SPIN_APPLICATION))
    return pushSpinApplication(names)
  const isGeneric = [undefined, OCI_EMPTY, UNKNOWN_CONFIG].includes(config?.mediaType)
  const first = isGeneric ? [] : [`--config config.json:${inCommand(config?.mediaType, TYPE)}`]
  const files = layers
    .slice(0, FILES)
    .map(
      ({ title, mediaType }, position) =>
        `${fileName(title, mediaType, position)}:${inCommand(mediaType, TYPE)}`,
    )
  return ['oras push', names.reference, ...first, ...files].join(' ')
}

/** The file name of a module after it was unpacked or translated. */
function fileName(title: string | undefined, mediaType: string, position: number): string {
  if (!isWasmType(mediaType)) return inCommand(title, `file${position}`)
  const unpacked = title?.replace(/(?:\.tar)?\.(?:gz|zst|bz2|xz)$|\.(?:tgz|zip|tar)$/i, '')
  return inCommand(unpacked?.replace(/\.(?:wat|wast)$/i, '.wasm'), FILE)
}

export function wrapComponent({ file }: PushNames): string {
  return `wasm-tools component new ${file} -o component.wasm`
}
