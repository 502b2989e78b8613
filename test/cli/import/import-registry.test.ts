import assert from 'node:assert/strict'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { importRegistryCommand } from '../../../src/cli/import-registry.ts'
import { UsageError } from '../../../src/cli/command.ts'
import { run } from '../../../src/cli/run.ts'
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_IMAGE_INDEX,
  OCI_IMAGE_MANIFEST,
} from '../../../src/oci/media-types.ts'
import { DistributionTree } from '../../support/distribution-tree.ts'
import { digest } from '../../support/manifest-texts.ts'
import { pushImage } from '../../support/pushes.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { type Settings, startTestServer, type TestServer } from '../../support/server.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const random = new SeededRandom(11)

describe('wasmoor import-registry', () => {
  it('imports every kind of content with its digests, tags and referrers, and changes no file of the source', async (test) => {
    const { tree, server } = await open(test)
    const oci = await pushed(tree, 'team/app', { mediaType: OCI_IMAGE_MANIFEST }, 'v1', 'latest')
    const silent = await pushed(tree, 'team/app', {}, 'untyped')
    const docker = await pushed(tree, 'docker', { mediaType: DOCKER_MANIFEST }, 'v1')
    const list = await manifestOf(
      tree,
      'docker',
      index([docker], DOCKER_MANIFEST_LIST),
      DOCKER_MANIFEST_LIST,
      'multi',
    )
    const inner = await manifestOf(tree, 'team/app', index([oci], OCI_IMAGE_INDEX), OCI_IMAGE_INDEX)
    const outer = await manifestOf(
      tree,
      'team/app',
      index([inner, silent]),
      OCI_IMAGE_INDEX,
      'outer',
    )
    const subject = described(oci)
    const note = await pushed(tree, 'team/app', { subject, artifactType: 'application/x-note' })
    const alone = await tree.layer('blobs/only', random.bytes(1_000))
    const before = await tree.fingerprint()
    const { code, printed } = await importFrom(server, tree.root)
    assert.equal(code, 0, printed)
    assert.equal(await tree.fingerprint(), before)
    for (const [repository, reference, expected, type] of [
      ['team/app', 'v1', oci, OCI_IMAGE_MANIFEST],
      ['team/app', 'latest', oci, OCI_IMAGE_MANIFEST],
      ['team/app', 'untyped', silent, OCI_IMAGE_MANIFEST],
      ['team/app', 'outer', outer, OCI_IMAGE_INDEX],
      ['team/app', inner.digest, inner, OCI_IMAGE_INDEX],
      ['docker', 'v1', docker, DOCKER_MANIFEST],
      ['docker', 'multi', list, DOCKER_MANIFEST_LIST],
    ] as const) {
      const answer = await server.get(`/v2/${repository}/manifests/${reference}`)
      assert.equal(digest(answer.body), expected.digest, reference)
      assert.equal(answer.headers['content-type'], type)
    }
    const found = await server.get(`/v2/team/app/referrers/${oci.digest}`)
    assert.equal(
      found.json<{ manifests: { digest: string }[] }>().manifests[0]?.digest,
      note.digest,
    )
    const blob = await server.get(`/v2/blobs/only/blobs/${alone}`)
    assert.equal(digest(blob.body), alone)
    assert.match(
      printed,
      /^3 repositories with 7 manifests and 6 tags: imported 7 manifests, 6 tags, \d+ blobs/m,
    )
  })

  it('imports only missing content when it runs again', async (test) => {
    const { tree, server } = await open(test)
    const first = await pushed(tree, 'a', {}, 'v1')
    await pushed(tree, 'b', {}, 'v1')
    assert.match((await importFrom(server, tree.root)).printed, /2 manifests, 2 tags, 4 blobs/)
    const nothing = /^2 repositories with 2 manifests and 2 tags: nothing to import\n$/
    assert.match((await importFrom(server, tree.root)).printed, nothing)
    await server.delete(`/v2/a/manifests/${first.digest}`)
    const { printed } = await importFrom(server, tree.root)
    assert.match(printed, /^a: 1 manifests, 1 tags, 0 blobs \(0 bytes\)\n2 repositories/)
  })

  it('continues an import that the end of the server interrupted', async (test) => {
    const { tree, server } = await open(test)
    const names = Array.from({ length: 20 }, (_, number) => `repository-${number}`)
    for (const name of names) await pushed(tree, name, {}, 'v1')
    let drained: Promise<void> | undefined
    const broken = importFrom(server, tree.root, [], () => {
      drained ??= server.drain(0)
    })
    await assert.rejects(broken)
    await drained
    const again = await startTestServer({ data: server.data }, test)
    const { code, printed } = await importFrom(again, tree.root)
    assert.equal(code, 0)
    const imported = Number(/tags: imported (\d+) manifests/.exec(printed)?.[1])
    assert.ok(imported > 0 && imported < names.length, printed)
    for (const name of names)
      assert.equal((await again.head(`/v2/${name}/manifests/v1`)).status, 200)
  })

  it('sends a blob of several repositories once', async (test) => {
    const { tree, server } = await open(test)
    const layer = random.bytes(100_000)
    for (const name of ['a', 'b', 'c']) await pushed(tree, name, { layer }, 'v1')
    const { printed } = await importFrom(server, tree.root)
    assert.match(printed, /3 tags, 6 blobs \(97\.\d KiB\)\n$/)
  })

  it('names damaged content once and imports the rest', async (test) => {
    const { tree, server } = await open(test)
    const layers = [0, 1, 2, 3].map(() => random.bytes(50_000))
    const [flipped, cut, gone] = layers.map((layer) => digest(layer)) as [
      string,
      string,
      string,
      string,
    ]
    for (const layer of layers)
      await pushed(tree, 'a', { layer }, `of-${digest(layer).slice(7, 15)}`)
    await pushed(tree, 'a', { layer: layers[0]!, annotations: { another: 'one' } })
    const broken = await pushed(tree, 'a', {}, 'broken')
    await tree.manifest('a', index([broken]), 'above')
    await writeFile(tree.data(flipped), random.bytes(50_000))
    await truncate(tree.data(cut), 49_999)
    await tree.removeBytes(gone)
    await writeFile(tree.data(broken.digest), '{"schemaVersion":2}')
    const { code, printed } = await importFrom(server, tree.root)
    assert.equal(code, 1)
    const tags = (await server.get('/v2/a/tags/list')).json<{ tags: string[] }>().tags
    assert.deepEqual(tags, [`of-${digest(layers[3]!).slice(7, 15)}`])
    const lines = printed.split('\n')
    const about = (text: string) => lines.filter((line) => line.startsWith(`not imported: ${text}`))
    for (const bad of [flipped, cut]) {
      const [line, ...more] = about(`blob a@${bad}`)
      assert.match(line ?? '', /the uploaded bytes have the digest sha256:/)
      assert.deepEqual(more, [])
    }
    assert.equal(
      lines.filter((line) => line.includes(`its blob ${gone} is missing from PATH`)).length,
      1,
    )
    assert.equal(about(`manifest a@${broken.digest}: its bytes have the digest`).length, 1)
    assert.equal(
      lines.filter((line) => line.includes(`its child ${broken.digest} could not be imported`))
        .length,
      1,
    )
    assert.equal(about('tag a:').length, 5)
    assert.match(lines.at(-2) ?? '', /; 13 not imported, see above$/)
  })

  it('skips schema 1 images, invalid names and deleted manifests, and names them', async (test) => {
    const { tree, server } = await open(test)
    const old = { schemaVersion: 1, name: 'old', tag: 'v1', fsLayers: [], signatures: [] }
    await tree.manifest('old', JSON.stringify(old), 'v1')
    const deleted = await pushed(tree, 'a', {}, 'deleted')
    await tree.unlinkManifest('a', deleted.digest)
    await tree.removeBytes(await tree.layer('a', random.bytes(100)))
    await tree.manifest('UPPER', image({}), 'v1')
    await pushed(tree, 'a', {}, 'v1')
    const { code, printed } = await importFrom(server, tree.root)
    assert.equal(code, 0, printed)
    assert.match(printed, /skipped: tag old:v1: Docker image manifests of schema 1/)
    assert.match(printed, /skipped: tag a:deleted: its manifest sha256:\w+ was deleted/)
    assert.match(printed, /skipped: UPPER: invalid repository name/)
    assert.match(printed, /; skipped 4\n$/)
    const catalog = (await server.get('/v2/_catalog')).json<{ repositories: string[] }>()
    assert.deepEqual(catalog.repositories, ['a'])
  })

  it('keeps the tags of the server unless --move-tags is given', async (test) => {
    const { tree, server } = await open(test)
    const theirs = await pushed(tree, 'a', {}, 'v1', 'other')
    const ours = await pushImage(server, 'a', 'v1')
    const { code, printed } = await importFrom(server, tree.root)
    assert.equal(code, 0)
    assert.match(printed, new RegExp(`skipped: tag a:v1: the server has it at ${ours}`))
    assert.equal(await tagged(server, 'v1'), ours)
    assert.equal(await tagged(server, 'other'), theirs.digest)
    await importFrom(server, tree.root, ['--move-tags'])
    assert.equal(await tagged(server, 'v1'), theirs.digest)
  })

  it('reports content that the server rejects, and continues', async (test) => {
    const { tree, server } = await open(test, { 'limits.blobSize': '30KiB' })
    await pushed(tree, 'a', { layer: random.bytes(5_000_000) }, 'large')
    await pushed(tree, 'a', {}, 'small')
    const { code, printed } = await importFrom(server, tree.root)
    assert.equal(code, 1)
    assert.match(
      printed,
      /not imported: blob a@sha256:\w+: blobs may have at most 30720 bytes here/,
    )
    assert.equal((await server.head('/v2/a/manifests/small')).status, 200)
  })

  it('finds the tree at or above PATH, and fails if there is none', async (test) => {
    const { tree, server } = await open(test)
    await pushed(tree, 'a', {}, 'v1')
    for (const below of ['', 'docker', 'docker/registry', 'docker/registry/v2'])
      assert.equal((await importFrom(server, join(tree.root, below))).code, 0, below)
    await mkdir(join(tree.root, 'empty'))
    await assert.rejects(importFrom(server, join(tree.root, 'empty')), /is not the storage of a/)
    await assert.rejects(importFrom(server, join(tree.root, 'missing')), /ENOENT.*missing/)
    await assert.rejects(
      run(['import-registry'], [importRegistryCommand], () => {}),
      UsageError,
    )
  })

  it('fails with the admin key of another server', async (test) => {
    const { tree, server } = await open(test)
    const stranger = await startTestServer({}, test)
    const place = ['--port', String(server.port), '--data', stranger.data]
    const words = ['import-registry', tree.root, ...place]
    const wrong = run(words, [importRegistryCommand], () => undefined)
    await assert.rejects(wrong, /rejects the key in/)
  })
})

async function open(test: TestContext, settings: Settings = {}) {
  const tree = new DistributionTree(await temporaryDirectory(test))
  return { tree, server: await startTestServer(settings, test) }
}

/** A manifest of which only the text matters. */
async function manifestOf(
  tree: DistributionTree,
  repository: string,
  text: string,
  mediaType: string,
  ...tags: string[]
): Promise<PushedManifest> {
  return { digest: await tree.manifest(repository, text, ...tags), size: text.length, mediaType }
}

async function importFrom(
  server: TestServer,
  path: string,
  more: string[] = [],
  heard: () => void = () => undefined,
): Promise<{ code: number; printed: string }> {
  let printed = ''
  const place = ['--port', String(server.port), '--data', server.data]
  const code = await run(
    ['import-registry', path, ...place, ...more],
    [importRegistryCommand],
    (text) => {
      printed += text
      heard()
    },
  )
  return { code, printed }
}

interface PushedManifest {
  readonly digest: string
  readonly size: number
  readonly mediaType: string
}

/** Pushes an image of one config and one layer to the tree. */
async function pushed(
  tree: DistributionTree,
  repository: string,
  { layer = random.bytes(20_000), ...fields }: { layer?: Uint8Array } & Record<string, unknown>,
  ...tags: string[]
): Promise<PushedManifest> {
  await tree.layer(repository, '{}')
  await tree.layer(repository, layer)
  const text = image({
    ...fields,
    layers: [described({ digest: digest(layer), size: layer.length })],
  })
  const mediaType = (fields['mediaType'] as string | undefined) ?? OCI_IMAGE_MANIFEST
  return manifestOf(tree, repository, text, mediaType, ...tags)
}

/** Without a mediaType, which OCI manifests need not have. */
function image(fields: object): string {
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digest('{}'), size: 2 }
  return JSON.stringify({ schemaVersion: 2, config, layers: [], ...fields })
}

function index(children: readonly PushedManifest[], mediaType?: string): string {
  return JSON.stringify({
    schemaVersion: 2,
    ...(mediaType && { mediaType }),
    manifests: children.map(described),
  })
}

function described({
  digest: of,
  size,
  mediaType = 'application/octet-stream',
}: {
  digest: string
  size: number
  mediaType?: string
}) {
  return { mediaType, digest: of, size }
}

async function tagged(server: TestServer, tag: string): Promise<unknown> {
  return (await server.head(`/v2/a/manifests/${tag}`)).headers['docker-content-digest']
}
