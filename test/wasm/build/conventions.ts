import { component, custom, list, name, section } from './bytes.ts'
import { coreModule, proxyModule } from './core-module.ts'
import { DOCKER, type Plan } from './artifact.ts'

// Media types written out as the clients write them, not taken from the code under test.
const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const MODULE_CONFIG = 'application/vnd.module.wasm.config.v1+json'
const CONTENT = 'application/vnd.wasm.content.layer.v1+wasm'
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
const TAR = 'application/vnd.oci.image.layer.v1.tar'
const TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
const DOCKER_TAR_GZIP = 'application/vnd.docker.image.rootfs.diff.tar.gzip'
const EMPTY = 'application/vnd.oci.empty.v1+json'
const UNKNOWN = 'application/vnd.unknown.config.v1+json'
const CONFIG_V0 = 'application/vnd.wasm.config.v0+json'
const SPIN = 'application/vnd.fermyon.spin.application.v1+config'

export const filter = proxyModule({
  imports: [['env', 'proxy_log', '(i32,i32,i32)->i32']],
  functions: { proxy_on_request_headers: '(i32,i32,i32)->i32' },
})
const redisFilter = proxyModule({
  imports: [['env', 'proxy_redis_call', '(i32,i32,i32,i32,i32)->i32']],
})
export const command = coreModule({
  imports: [['wasi_snapshot_preview1', 'proc_exit', '(i32)->()']],
  functions: { _start: '()->()' },
})
export const server = component(
  section(10, list([0, name('wasi:http/types@0.2.0'), 5, 0])),
  section(11, list([0, name('wasi:http/incoming-handler@0.2.0'), 5, 0, 0])),
)
const witPackage = component(
  section(7, list([0x41, list([4, 0, name('a:b/c@1.0.0'), 5, 0])])),
  section(11, list([0, name('c'), 3, 0, 0])),
)
const policy = coreModule({
  imports: [['wapc', '__guest_request', '(i32,i32)->()']],
  functions: { __guest_call: '(i32,i32)->i32' },
  more: [custom('io.kubewarden.metadata', '{}')],
})
const plugin = { name: 'plugin.wasm', data: filter }

/**
 * The pushes of real clients, by convention; where there are several pushes the id has a suffix
 * after a colon.
 */
export const PUSHES: Readonly<Record<string, Plan>> = {
  'asm-single-layer': {
    config: MODULE_CONFIG,
    layers: [{ type: MODULE, bytes: filter, title: 'example-filter.wasm' }],
  },
  'asm-single-layer:oras-0.12': {
    stated: false,
    config: MODULE_CONFIG,
    layers: [{ type: MODULE, bytes: filter, title: 'example-filter.wasm' }],
  },
  'solo-io-oci': {
    stated: false,
    config: MODULE_CONFIG,
    layers: [{ type: MODULE_CONFIG }, { type: MODULE, bytes: filter }],
  },
  'solo-io-oci:higress': {
    config: EMPTY,
    layers: [{ type: MODULE_CONFIG }, { type: MODULE, bytes: redisFilter }],
  },
  'module-layers': {
    config: MODULE_CONFIG,
    layers: [{ type: MODULE_CONFIG }, { type: MODULE, bytes: filter }, { type: 'text/plain' }],
  },
  compat: { config: OCI_CONFIG, layers: [{ type: TAR_GZIP, archive: [plugin] }] },
  'compat:annotated': {
    config: OCI_CONFIG,
    layers: [{ type: TAR_GZIP }],
    annotations: { 'module.wasm.image/variant': 'compat' },
  },
  docker: {
    mediaType: DOCKER,
    config: 'application/vnd.docker.container.image.v1+json',
    layers: [{ type: DOCKER_TAR_GZIP, archive: [plugin] }],
  },
  higress: {
    config: UNKNOWN,
    layers: [
      { type: 'application/vnd.module.wasm.spec.v1+yaml', title: 'spec.yaml' },
      { type: 'application/vnd.module.wasm.doc.v1+markdown', title: 'README.md' },
      { type: TAR_GZIP, title: 'plugin.tar.gz', archive: [plugin] },
    ],
  },
  'higress:redis': {
    config: UNKNOWN,
    layers: [
      { type: 'application/vnd.module.wasm.spec.v1+yaml' },
      { type: TAR_GZIP, archive: [{ name: 'plugin.wasm', data: redisFilter }] },
    ],
  },
  wasmcloud: { config: EMPTY, layers: [{ type: MODULE, bytes: server }] },
  'wasm-to-oci': {
    stated: false,
    config: 'application/vnd.wasm.config.v1+json',
    layers: [{ type: CONTENT, bytes: command }],
  },
  kubewarden: {
    config: 'application/vnd.wasm.config.v1+json',
    layers: [{ type: CONTENT, bytes: policy }],
    annotations: { 'io.kubewarden.policy.title': 'x' },
  },
  'kubewarden:section': {
    config: 'application/vnd.wasm.config.v1+json',
    layers: [{ type: CONTENT, bytes: policy }],
  },
  spin: {
    config: OCI_CONFIG,
    body: { architecture: 'wasm', os: 'Wasip1' },
    layers: [
      { type: CONTENT, bytes: server },
      { type: 'application/vnd.wasm.content.layer.v1+data' },
      { type: SPIN },
    ],
  },
  'spin:old': { config: SPIN, layers: [{ type: CONTENT, bytes: server }] },
  wkg: {
    config: CONFIG_V0,
    body: { architecture: 'wasm', os: 'wasip2', component: { exports: [], imports: [] } },
    layers: [{ type: 'application/wasm', bytes: server, title: 'server.wasm' }],
  },
  'wkg:module': {
    config: CONFIG_V0,
    layers: [{ type: 'application/wasm', bytes: command, title: 'command.wasm' }],
  },
  'wkg:wit': { config: CONFIG_V0, layers: [{ type: 'application/wasm', bytes: witPackage }] },
  'bare-wasm': {
    config: EMPTY,
    artifactType: 'application/vnd.unknown.artifact.v1',
    layers: [{ type: 'application/wasm', bytes: server, title: 'x.wasm' }],
  },
  runwasi: {
    config: OCI_CONFIG,
    body: { architecture: 'wasm', os: 'wasip1' },
    layers: [
      { type: 'application/vnd.bytecodealliance.wasm.component.layer.v0+wasm', bytes: command },
    ],
  },
  'runwasi:application/wasm': {
    config: OCI_CONFIG,
    body: { architecture: 'wasm' },
    layers: [{ type: 'application/wasm', bytes: server }],
  },
  'helm-plugin': {
    config: 'application/vnd.helm.plugin.v1+json',
    layers: [{ type: 'application/vnd.helm.plugin.v1.tar+gzip', title: 'x-1.0.0.tgz' }],
  },
  'wasm-layer': {
    config: EMPTY,
    artifactType: 'application/vnd.otelwasm.plugin.v1+json',
    layers: [{ type: 'application/vnd.otelwasm.plugin.content.layer.v1+wasm', bytes: command }],
  },
  'wasm-layer:content': { config: EMPTY, layers: [{ type: CONTENT, bytes: command }] },
  untyped: {
    config: EMPTY,
    artifactType: 'application/vnd.unknown.artifact.v1',
    layers: [{ type: TAR, bytes: filter, title: 'filter.wasm' }],
  },
  'untyped:octets': {
    config: UNKNOWN,
    layers: [{ type: 'application/octet-stream', bytes: filter }],
  },
  none: { config: OCI_CONFIG, layers: [{ type: TAR_GZIP }] },
  'none:opened': {
    config: OCI_CONFIG,
    layers: [{ type: TAR_GZIP, archive: [{ name: 'usr/lib/llhttp.wasm', data: command }] }],
  },
  'none:docker': {
    mediaType: DOCKER,
    config: 'application/vnd.docker.container.image.v1+json',
    layers: [{ type: DOCKER_TAR_GZIP }, { type: DOCKER_TAR_GZIP }],
  },
  'none:helm': {
    config: 'application/vnd.cncf.helm.config.v1+json',
    layers: [{ type: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' }],
  },
  'none:cosign': {
    config: OCI_CONFIG,
    layers: [{ type: 'application/vnd.dev.cosign.simplesigning.v1+json' }],
  },
  'none:cosign-referrer': {
    config: EMPTY,
    artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    layers: [{ type: 'application/vnd.dev.sigstore.bundle.v0.3+json' }],
    subject: true,
  },
  'none:files': {
    config: EMPTY,
    artifactType: 'application/vnd.acme.release.v1',
    layers: [
      { type: 'application/octet-stream', bytes: command, title: 'a.wasm' },
      { type: 'text/plain', title: 'NOTES' },
    ],
  },
}
