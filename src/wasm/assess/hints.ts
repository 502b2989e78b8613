import { MIB } from '../../base/sizes.ts'
import type { Artifact, ContentFacts } from '../model/artifact.ts'
import { MODULE_CONFIG, WASM_CONFIG_V0 } from '../model/media-types.ts'
import type { WasmFacts } from '../read/facts.ts'
import type { Convention } from '../model/convention.ts'
import { wasmFileOf } from '../model/wasm-file.ts'
import type { HintRule, Finding } from './finding.ts'
import { printable } from '../model/printable.ts'

/** Bytes above which Istio and Envoy Gateway cut or refuse a module. */
const LONGEST = 256 * MIB
/** Bytes above which hosted gateways (MSE) refuse a plugin. */
const LARGE = 50_000_000
// semver.org, without build metadata: a tag cannot have a plus.
const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/

/** Observations that are no ground for a warning. */
export function hints(
  artifact: Artifact,
  known: ContentFacts,
  convention: Convention,
  tag: string | undefined,
): Finding[] {
  const facts = wasmFileOf(artifact, known)?.facts
  return [
    ...(facts?.wasm ? aboutModule(facts.wasm) : []),
    ...(facts ? aboutSize(facts.size) : []),
    ...aboutConfig(artifact, known, facts?.wasm),
    ...aboutTag(convention, tag),
    ...aboutArchive(artifact, known),
  ]
}

function aboutModule(wasm: WasmFacts): Finding[] {
  const { debug, kind, linking, oddities, partlyRead, precompiled, wrapped } = wasm
  return [
    ...when(
      debug.dwarf > 0,
      'debug-info',
      { bytes: debug.dwarf },
      `it carries ${debug.dwarf} bytes of debug information`,
      'wasm-tools strip',
    ),
    ...when(
      precompiled > 0,
      'precompiled',
      { bytes: precompiled },
      `it carries ${precompiled} bytes of code compiled for one version of one engine`,
    ),
    ...when(
      linking === 'object-file',
      'object-file',
      {},
      'it is an object file: link it (wasm-ld) before you push it',
    ),
    ...when(
      kind === 'core-module' && wrapped.total > 0,
      'to-be-wrapped',
      {},
      'it is built to be wrapped into a component',
      'wasm-tools component new',
    ),
    ...when(
      kind === 'component-prototype',
      'component-prototype',
      { version: wasm.version },
      'it is a component of a format that no runtime accepts any more: build it again',
    ),
    ...oddities.items.map((oddity) =>
      hint(
        oddity.rule,
        { section: oddity.section, offset: oddity.offset },
        oddity.rule === 'section-order'
          ? `section ${oddity.section} is there twice or in the wrong place`
          : `section ${oddity.section} is of an unknown kind`,
      ),
    ),
    ...partlyRead.items.map(({ part, why, detail, offset }) =>
      hint(
        'partly-read',
        { part, why, offset },
        `its ${part} were not read to the end: ${printable(detail)}`,
      ),
    ),
  ]
}

function aboutSize(size: number): Finding[] {
  if (size > LONGEST) {
    return [
      hint(
        'too-large',
        { size },
        'above 256 MiB Istio cuts a module silently, and Envoy Gateway refuses it',
      ),
    ]
  }
  return when(size > LARGE, 'large', { size }, 'above 50 MB hosted gateways refuse a plugin')
}

function aboutConfig(
  { config, layers }: Artifact,
  { config: body }: ContentFacts,
  wasm: WasmFacts | undefined,
): Finding[] {
  if (!body) return []
  if (config?.mediaType === MODULE_CONFIG) {
    return Object.keys(body).length === 0
      ? [hint('empty-config', {}, 'the config is an empty object: it names neither type nor ABI')]
      : when(
          body['type'] !== 'envoy_proxy',
          'config-type',
          {},
          'the config does not have "type": "envoy_proxy"',
        )
  }
  if (config?.mediaType !== WASM_CONFIG_V0) return []
  const digests = layers.map(({ digest }) => digest)
  const os = wasm?.kind === 'core-module' ? 'wasip1' : 'wasip2'
  return [
    ...when(
      JSON.stringify(body['layerDigests']) !== JSON.stringify(digests),
      'config-layer-digests',
      {},
      'layerDigests in the config differ from the digests of the layers',
    ),
    ...when(
      wasm !== undefined && body['os'] !== os,
      'config-os',
      { os },
      `the config does not have "os": "${os}", which the file is (wkg writes wasip2 for everything)`,
    ),
  ]
}

function aboutTag({ id }: Convention, tag: string | undefined): Finding[] {
  if (tag === undefined || id === 'none') return []
  if (id === 'wkg') {
    return when(
      !SEMVER.test(tag),
      'tag-not-semver',
      {},
      'wkg get sees only tags that are versions, such as 1.2.3',
    )
  }
  return when(
    tag === 'latest',
    'tag-latest',
    {},
    'proxies keep the module that a tag pointed at when they first pulled it: deploy by digest, or by a new tag',
  )
}

function aboutArchive({ layers }: Artifact, { archives }: ContentFacts): Finding[] {
  const archive = archives.get(layers.at(-1)?.digest ?? '')
  const [other] = archive?.others.items ?? []
  if (archive?.outcome !== 'missing' || other === undefined) return []
  const name = printable(other)
  return [
    hint(
      'other-file-name',
      { name },
      `the last layer has ${name}, but runtimes look for plugin.wasm`,
    ),
  ]
}

function when(holds: boolean, ...finding: Parameters<typeof hint>): Finding[] {
  return holds ? [hint(...finding)] : []
}

function hint(
  rule: HintRule,
  parameters: Finding['parameters'],
  text: string,
  command?: string,
): Finding {
  const fix = command === undefined ? {} : { fix: { command } }
  return { rule, severity: 'info', consumers: [], parameters, text, ...fix }
}
