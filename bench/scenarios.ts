import { randomBytes } from 'node:crypto'
import { KIB, MIB } from '../src/base/sizes.ts'
import {
  configContent,
  contentOf,
  descriptorOf,
  manifestContent,
  MANIFEST_TYPE,
  randomContent,
} from './content.ts'
import { fill, type TaggedManifest } from './fill.ts'
import type { Evidence, Job } from './load/job.ts'
import type { Server } from './servers/start.ts'
import { moduleParts } from './wasm-content.ts'

export interface Trial {
  /** 0 is the warm-up. */
  readonly round: number
  readonly seconds: number
}

export interface Scenario {
  readonly id: string
  readonly title: string
  /** 1 MB is a million bytes. */
  readonly unit: 'ops/s' | 'MB/s'
  readonly writes: boolean
  /** Content that must be readable before and after each measurement. */
  readonly evidence: readonly Evidence[]
  /** Called before each round; loads content shared by all rounds before the first one. */
  prepare(server: Server, round: number): Promise<void>
  job(trial: Trial): Job
}

/** Every scenario has its own repository, so that `--only` measures the same as a complete run. */
export function scenarios(manyTags: number): Scenario[] {
  return [
    readManifest('manifest-get', 'manifest GET by tag', 'GET', 1),
    readManifest('manifest-head', 'manifest HEAD by tag', 'HEAD', 1),
    readBlob('blob-16k', 'blob GET 16 KiB', 16 * KIB, 64),
    readBlob('blob-100k', 'blob GET 100 KiB', 100 * KIB, 64),
    readBlob('blob-1m', 'blob GET 1 MiB', MIB, 64),
    readBlob('blob-64m', 'blob GET 64 MiB', 64 * MIB, 4),
    push(),
    upload(512 * MIB),
    putManifests('manifest-put', 'manifest PUT, new repository', 0),
    putManifests('manifest-put-many', `manifest PUT, ${manyTags} tags there`, manyTags),
    readManifest('manifest-get-many', `manifest GET, one of ${manyTags} tags`, 'GET', manyTags),
  ]
}

function readManifest(id: string, title: string, method: 'GET' | 'HEAD', tags: number): Scenario {
  const repository = `bench/${id}`
  const { blobs, manifests } = artifacts(tags)
  const chosen = manifests[Math.floor(tags / 2)] as TaggedManifest
  const path = `/v2/${repository}/manifests/${chosen.tag}`
  const { digest, bytes } = chosen.manifest
  const accept = MANIFEST_TYPE
  return {
    id,
    title,
    unit: 'ops/s',
    writes: false,
    evidence: [{ path, accept, digest }],
    prepare: once((server) => fill(server, repository, blobs, manifests)),
    job: ({ seconds }) => ({
      kind: 'read',
      method,
      path,
      accept,
      seconds,
      length: bytes.length,
      connections: 64,
    }),
  }
}

function readBlob(id: string, title: string, size: number, connections: number): Scenario {
  const repository = `bench/${id}`
  const blob = randomContent(size)
  const path = `/v2/${repository}/blobs/${blob.digest}`
  const accept = '*/*'
  return {
    id,
    title,
    unit: size > MIB ? 'MB/s' : 'ops/s',
    writes: false,
    evidence: [{ path, accept, digest: blob.digest }],
    prepare: once((server) => fill(server, repository, [blob], [])),
    job: ({ seconds }) => ({
      kind: 'read',
      method: 'GET',
      path,
      accept,
      seconds,
      length: size,
      connections,
    }),
  }
}

export function push(clients = 8): Scenario {
  return {
    id: 'push',
    title: `push of a 100 KiB artifact, ${clients === 1 ? '1 client' : `${clients} clients`}`,
    unit: 'ops/s',
    writes: true,
    evidence: [],
    prepare: async () => {},
    job: ({ round, seconds }) => ({
      kind: 'push',
      clients,
      seconds,
      layerSize: 100 * KIB,
      repository: `bench/push-${clients}/round-${round}`,
    }),
  }
}

export function upload(size: number, content?: 'module' | 'layer'): Scenario {
  const what = { module: 'Wasm module', layer: 'gzipped layer', blob: 'blob' }[content ?? 'blob']
  const title = `upload of one ${what} of ${size / MIB} MiB`
  return {
    id: 'upload',
    title,
    unit: 'MB/s',
    writes: true,
    evidence: [],
    prepare: async () => {},
    job: () => ({ kind: 'upload', repository: 'bench/upload', size, ...(content && { content }) }),
  }
}

/**
 * With 0 existing tags, each round has a new repository; otherwise all rounds add to the same one.
 */
function putManifests(id: string, title: string, tags: number): Scenario {
  const { config, layer, blobs, manifests } = artifacts(tags)
  const repositoryOf = (round: number) => (tags > 0 ? `bench/${id}` : `bench/${id}/round-${round}`)
  return {
    id,
    title,
    unit: 'ops/s',
    writes: true,
    evidence: [],
    prepare: async (server, round) => {
      if (tags === 0 || round === 0) await fill(server, repositoryOf(round), blobs, manifests)
    },
    job: ({ round, seconds }) => ({
      kind: 'tag',
      clients: 8,
      seconds,
      config,
      layer,
      repository: repositoryOf(round),
      tagPrefix: `round-${round}-`,
    }),
  }
}

function once(load: (server: Server) => Promise<void>): Scenario['prepare'] {
  return async (server, round) => {
    if (round === 0) await load(server)
  }
}

/** `count` different manifests of the same two blobs, each with a tag. */
function artifacts(count: number) {
  const module = Buffer.concat(moduleParts(100 * KIB, randomBytes))
  const blobs = [configContent(), contentOf(module)] as const
  const [config, layer] = [descriptorOf(blobs[0]), descriptorOf(blobs[1])]
  const manifests = Array.from({ length: count }, (_, number) => {
    const tag = `v${number}`
    return { tag, manifest: manifestContent(config, layer, tag) }
  })
  return { config, layer, blobs, manifests }
}
