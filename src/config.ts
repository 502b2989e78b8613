import * as z from 'zod'
import type { DeepReadonly } from './config/frozen.ts'
import {
  cors,
  groups,
  immutableTags,
  list,
  path,
  port,
  repository,
  rules,
  webAddress,
} from './config/kinds.ts'
import { gc, scrub } from './config/upkeep.ts'
import { wasmPolicies } from './config/wasm.ts'
import { choice, duration, key, section, size, text, whole, yesOrNo } from './config/values.ts'

/**
 * Every key of the configuration: what it takes, its default, its meaning. Flags, environment names, the JSON
 * Schema, `wasmoor config`, `wasmoor help serve` and docs/configuration.md are all made from this one place.
 *
 * Durations are held in milliseconds, sizes in bytes. A key with `secret: true` is masked wherever it is printed.
 */
export const configSchema = z.strictObject({
  host: key(text(), {
    default: '127.0.0.1',
    meaning: 'Address or host name to listen on. 0.0.0.0 or :: listens on every interface.',
  }),
  port: key(whole({ from: 0, to: 65_535 }), {
    default: 5000,
    meaning: 'TCP port to listen on. 0 takes any free port; the log says which.',
  }),
  data: key(text(), {
    default: './data',
    meaning:
      'Directory that holds everything the registry stores. Made when missing; one process owns it.',
  }),
  publicUrl: key(webAddress(), {
    default: null,
    meaning:
      'What clients call this registry, such as https://registry.example.com. Not set: whatever the Host header of a request says.',
  }),
  trustedProxies: key(list(text()), {
    default: [],
    meaning: 'Addresses or CIDR ranges of proxies whose X-Forwarded-* headers count.',
  }),
  tls: section({
    certificate: key(path(), {
      default: null,
      meaning:
        'PEM file with the certificate and its chain. With it the registry speaks TLS only. Read again when it changes.',
    }),
    key: key(path(), {
      default: null,
      meaning: 'PEM file with the private key of tls.certificate.',
    }),
  }),
  auth: section({
    htpasswd: key(path(), {
      default: null,
      meaning: 'File with accounts, made with htpasswd -B. Read again when it changes.',
    }),
    dockerconfigjson: key(path(), {
      default: null,
      meaning:
        'A dockerconfigjson, as Kubernetes mounts it: its entries for this registry are accounts that may pull. Needs publicUrl or auth.hosts. Read again when it changes.',
    }),
    hosts: key(list(text()), {
      default: [],
      meaning:
        'Further names (host or host:port) under which auth.dockerconfigjson means this registry.',
    }),
    tokens: key(yesOrNo(), {
      default: false,
      meaning: 'Whether access tokens (wasmoor token) are taken as passwords.',
    }),
    challenge: key(choice('bearer', 'basic'), {
      default: 'bearer',
      meaning: 'How clients are asked to log in. Both ways are taken, whichever is asked for.',
    }),
    groups: key(groups(), { default: {}, meaning: 'Groups of users, by name, for auth.rules.' }),
    rules: key(rules(), {
      default: [],
      meaning:
        'Who may do what: the first rule with a pattern for the repository decides, and its grants add up. None: accounts may do everything, others nothing.',
    }),
  }),
  tags: section({
    immutable: key(immutableTags(), {
      default: [],
      meaning:
        'Tags that, once pushed, neither move nor go away, by patterns of repositories and tags.',
    }),
  }),
  wkg: section({
    namespacePrefix: key(repository(), {
      default: null,
      meaning:
        'Repository below which wkg finds the packages of this registry: with packages, wasi:http is packages/wasi/http. Told to wkg by /.well-known/wasm-pkg/registry.json, as publicUrl is.',
    }),
  }),
  console: key(yesOrNo(), {
    default: true,
    meaning: 'Whether the pages for people are served, at / and /ui/.',
  }),
  wasm: section({
    policies: key(wasmPolicies(), {
      default: [],
      meaning:
        'How Wasm artifacts are judged when a tag is to point at them, by patterns of repositories; the first that fits decides. off: not at all. warn: who pushes is told which consumers will refuse it, of those it is made for or of those named. enforce: what one of the named refuses is refused. derive: layouts that are made with the push of what they help, under the tag with -envoy or -compat; with enforce the push is taken if they do. In warn and enforce a layer that says it is Wasm and is not is refused. None: warn.',
    }),
  }),
  durability: key(choice('full', 'none'), {
    default: 'full',
    meaning:
      'full: what was acknowledged survives a power cut. none: nothing is synced to disk, for throw-away registries only.',
  }),
  validation: section({
    references: key(choice('strict', 'sparse'), {
      default: 'strict',
      meaning:
        'strict: config, layers and index children of a pushed manifest must be in the repository. sparse: they may be missing.',
    }),
  }),
  delete: section({
    enabled: key(yesOrNo(), {
      default: true,
      meaning: 'Whether tags, manifests and blobs may be deleted. false answers 405.',
    }),
  }),
  limits: section({
    manifestSize: key(size({ from: '4MiB' }), {
      default: '4MiB',
      meaning:
        'Largest manifest that is accepted. Manifests are held in memory while they are checked.',
    }),
    blobSize: key(size(), {
      default: 0,
      meaning: 'Largest blob that is accepted. 0 is no limit.',
    }),
    uploadSessions: key(whole({ from: 1, to: 10_000_000 }), {
      default: 10_000,
      meaning:
        'Uploads that may be open at the same time. One more is refused until another ends or expires.',
    }),
    headerSize: key(size({ from: '4KiB', to: '1MiB' }), {
      default: '16KiB',
      meaning: 'Largest request line and headers together, of one request.',
    }),
  }),
  uploads: section({
    expiry: key(duration({ from: '1m', to: '8760h' }), {
      default: '24h',
      meaning: 'An unfinished upload is dropped when this long has passed since its last byte.',
    }),
  }),
  gc: gc(),
  scrub: scrub(),
  http: section({
    headersTimeout: key(duration({ from: '1s', to: '1h' }), {
      default: '20s',
      meaning: 'Time a client has to send the headers of a request.',
    }),
    idleTimeout: key(duration({ from: '1s', to: '24h' }), {
      default: '60s',
      meaning: 'A connection on which nothing moves for this long during a request is closed.',
    }),
    keepAliveTimeout: key(duration({ from: '1s', to: '24h' }), {
      default: '15s',
      meaning: 'Time a connection is kept open for the next request.',
    }),
    cors: key(cors(), {
      default: {},
      meaning:
        'Headers with which browsers let pages of other origins use this registry, such as a console elsewhere. Of several origins each is told its own. Only named ones, not *, may change anything.',
    }),
  }),
  cache: section({
    manifests: key(size(), {
      default: '16MiB',
      meaning: 'Memory for manifests that were read lately. 0 caches none.',
    }),
    blobs: key(size(), {
      default: '32MiB',
      meaning: 'Memory for small blobs that were read lately. 0 caches none.',
    }),
  }),
  shutdown: section({
    grace: key(duration({ from: '0s', to: '24h' }), {
      default: '30s',
      meaning: 'Time that running requests get to finish after SIGTERM or SIGINT.',
    }),
  }),
  metrics: section({
    host: key(text(), {
      default: '127.0.0.1',
      meaning: 'Address or host name on which metrics are served.',
    }),
    port: key(port(), {
      default: null,
      meaning:
        'TCP port on which metrics are served in plain HTTP, for Prometheus: /metrics. Not set: none are kept. 0 takes any free port.',
    }),
  }),
  audit: section({
    output: key(path(), {
      default: null,
      meaning:
        'Where is written who pushed, deleted, logged in, operated the registry or was refused, one JSON object a line: the path of a file, or stderr. Not set: nowhere.',
    }),
  }),
  log: section({
    level: key(choice('debug', 'info', 'warn', 'error', 'fatal', 'silent'), {
      default: 'info',
      meaning: 'Least severe message that is written.',
    }),
    format: key(choice('auto', 'json', 'pretty'), {
      default: 'auto',
      meaning:
        'json: one JSON object a line. pretty: for people. auto: pretty on a terminal, json otherwise.',
    }),
  }),
  storage: section({
    acceptGap: key(yesOrNo(), {
      default: false,
      meaning:
        'Go on although the index has lost records or is damaged, which otherwise makes the registry read-only or stops the start. It is repaired first where that is needed; what was lost stays lost. For one start: see docs/recovery.md.',
    }),
    readOnly: key(yesOrNo(), {
      default: false,
      meaning: 'Maintenance: pulls only, pushes and deletes are answered with 405.',
    }),
  }),
})

/** The configuration in effect: complete, valid and deeply frozen. */
export type Config = DeepReadonly<z.output<typeof configSchema>>
