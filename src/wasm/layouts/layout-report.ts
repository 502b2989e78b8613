import type { Registry } from '../../registry/registry.ts'
import type { Artifact } from '../model/artifact.ts'
import type { ArtifactLocation } from '../model/artifact-location.ts'
import type { Finding } from '../assess/finding.ts'
import { originalTag, readMark } from './layout.ts'
import { type StoredLayout, StoredLayouts } from './stored-layouts.ts'

/** The layouts of an artifact, with findings about them. */
export interface LayoutReport {
  /**
   * Layouts of this manifest, and layouts under the tag's layout names that were made of an earlier
   * manifest.
   */
  readonly layouts: readonly StoredLayout[]
  /** The artifact itself, if it is a layout. */
  readonly layoutOf?: StoredLayout
  readonly findings: readonly Finding[]
}

export async function reportLayouts(
  registry: Registry,
  location: ArtifactLocation,
  artifact: Artifact,
): Promise<LayoutReport> {
  const { repository, digest, tag } = location
  const stored = new StoredLayouts(registry, repository)
  const mark = readMark(artifact)
  if (mark) {
    const layoutOf = await stored.standing(mark, digest, tag)
    const findings = [...stale([layoutOf], location), signaturesOf(layoutOf, location)]
    return { layouts: [], layoutOf, findings }
  }
  const layouts = await stored.of(digest, tag)
  return { layouts, findings: [...stale(layouts, location), ...signaturesOfLayouts(layouts)] }
}

function stale(layouts: readonly StoredLayout[], { repository }: ArtifactLocation): Finding[] {
  return layouts
    .filter((layout) => layout.stale)
    .map(({ layout, tag, digest, original }) => {
      const name = tag ?? digest
      const from = (tag !== undefined && originalTag(tag, layout)) || original
      return {
        rule: 'layout-stale',
        severity: 'info',
        consumers: [],
        parameters: { layout, name, original },
        text: `the layout ${name} is out of date: it was derived from ${original}`,
        fix: { command: `POST /v2/${repository}/_wasmoor/wasm/${from}?layout=${layout}` },
      }
    })
}

function signaturesOf({ layout, original }: StoredLayout, location: ArtifactLocation): Finding {
  const { host, repository, digest } = location
  return {
    rule: 'layout-signatures',
    severity: 'info',
    consumers: [],
    parameters: { layout, original },
    text: `it is derived from ${original}, whose signatures do not cover it`,
    fix: { command: `cosign sign ${host}/${repository}@${digest}` },
  }
}

function signaturesOfLayouts(layouts: readonly StoredLayout[]): Finding[] {
  if (layouts.length === 0) return []
  return [
    {
      rule: 'original-signatures',
      severity: 'info',
      consumers: [],
      parameters: { layouts: layouts.length },
      text: 'its signatures do not cover the layouts derived from it: sign those, too',
    },
  ]
}
