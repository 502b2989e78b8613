import * as z from 'zod'
import { accessRules, cors, groups, immutableTags } from './config/access.ts'
import type { DeepReadonly } from './config/frozen.ts'
import { key, section } from './config/key.ts'
import {
  boolean,
  choice,
  duration,
  hostName,
  integer,
  list,
  path,
  port,
  repository,
  size,
  text,
  webAddress,
} from './config/kinds.ts'
import { tls } from './config/tls.ts'
import { gc, scrub } from './config/upkeep.ts'
import { wasmPolicies } from './config/wasm.ts'

/**
 * Every key of the configuration: its values, its default, its description. Flags, environment
 * names, the JSON Schema, `wasmoor config`, `wasmoor help serve` and docs/configuration.md are all
 * made from this one place.
 *
 * Durations are held in milliseconds, sizes in bytes. A key with `secret: true` is masked wherever
 * it is printed.
 */
export const configSchema = z.strictObject({
  host: key(text(), {
    default: '127.0.0.1',
    description: 'Address or host name to listen on. 0.0.0.0 or :: listens on every interface.',
  }),
  port: key(integer({ from: 0, to: 65_535 }), {
    default: 5000,
    description: 'TCP port to listen on. 0 takes any free port, which the log names.',
  }),
  data: key(text(), {
    default: './data',
    description:
      'Data directory, with everything that the registry stores. Created if missing. Only one process can use it.',
  }),
  publicUrl: key(webAddress(), {
    default: null,
    description:
      'URL by which clients reach this registry, such as https://registry.example.com. Not set: the Host header of each request.',
  }),
  hosts: key(list(hostName()), {
    default: [],
    description:
      'Further host names of this registry. Without accounts it answers only to these, the host of publicUrl, addresses, localhost and names without a dot, so that no web page can reach it under a name of its own (DNS rebinding).',
  }),
  trustedProxies: key(list(text()), {
    default: [],
    description: 'Addresses or CIDR ranges of the proxies whose X-Forwarded-* headers are trusted.',
  }),
  tls: tls(),
  auth: section({
    htpasswd: key(path(), {
      default: null,
      description: 'File with accounts, made with htpasswd -B. Reloaded when it changes.',
    }),
    dockerconfigjson: key(path(), {
      default: null,
      description:
        'A dockerconfigjson, as Kubernetes mounts it. Its entries for this registry are accounts that can pull. Needs publicUrl or auth.hosts. Reloaded when it changes.',
    }),
    hosts: key(list(text()), {
      default: [],
      description:
        'Further names of this registry (HOST or HOST:PORT) in the entries of auth.dockerconfigjson.',
    }),
    tokens: key(boolean(), {
      default: false,
      description: 'Whether access tokens (wasmoor token) are accepted as passwords.',
    }),
    challenge: key(choice('bearer', 'basic'), {
      default: 'bearer',
      description: 'Scheme that clients are asked to log in with. Both are accepted either way.',
    }),
    groups: key(groups(), {
      default: {},
      description: 'Groups of users, by name, for auth.rules.',
    }),
    rules: key(accessRules(), {
      default: [],
      description:
        'Access rules. The first rule with a pattern for the repository applies, and all its grants count. Without rules, accounts can do everything and others nothing.',
    }),
  }),
  tags: section({
    immutable: key(immutableTags(), {
      default: [],
      description:
        'Tags that can be neither moved nor deleted once pushed, by patterns of repositories and tags.',
    }),
  }),
  wkg: section({
    namespacePrefix: key(repository(), {
      default: null,
      description:
        'Repository under which wkg finds the packages of this registry: with packages, wasi:http is in packages/wasi/http. wkg reads it, and publicUrl, from /.well-known/wasm-pkg/registry.json.',
    }),
  }),
  console: key(boolean(), {
    default: true,
    description: 'Whether the web console is served, at / and /ui/.',
  }),
  wasm: section({
    policies: key(wasmPolicies(), {
      default: [],
      description:
        'Checks of Wasm artifacts when a tag is created or moved. The first policy with a pattern for the repository applies. off: no checks. warn: warns which consumers will refuse the artifact, of those it is made for or those listed. enforce: rejects what a listed consumer refuses. derive: layouts that are created with a push for the consumers they help, under the tag with -envoy or -compat; with enforce, such a push is accepted. warn and enforce also reject layers that are labelled Wasm and are not. Without policies: warn.',
    }),
  }),
  durability: key(choice('full', 'none'), {
    default: 'full',
    description:
      'full: acknowledged pushes survive a power cut. none: nothing is synced to disk, for throw-away registries only.',
  }),
  validation: section({
    references: key(choice('strict', 'sparse'), {
      default: 'strict',
      description:
        'strict: config, layers and index children of a pushed manifest must be in the repository. sparse: they can be missing.',
    }),
  }),
  delete: section({
    enabled: key(boolean(), {
      default: true,
      description: 'Whether tags, manifests and blobs can be deleted. If not, the answer is 405.',
    }),
  }),
  limits: section({
    manifestSize: key(size({ from: '4MiB' }), {
      default: '4MiB',
      description: 'Largest manifest. Manifests are held in memory while they are checked.',
    }),
    blobSize: key(size(), {
      default: 0,
      description: 'Largest blob. 0 is no limit.',
    }),
    uploadSessions: key(integer({ from: 1, to: 10_000_000 }), {
      default: 10_000,
      description:
        'Uploads that can be open at the same time. An account, or a network without one, can open as many as it leaves for others. More are rejected until one ends or expires.',
    }),
    connections: key(integer({ from: 0, to: 1_000_000 }), {
      default: 0,
      description:
        'Connections that can be open at the same time. Beyond that, idle and very slow connections are closed in favour of new ones. 0: at most 10,000, and so few that file descriptors are left for files.',
    }),
    headerSize: key(size({ from: '4KiB', to: '1MiB' }), {
      default: '16KiB',
      description: 'Largest request line and headers of a request, together.',
    }),
  }),
  uploads: section({
    expiry: key(duration({ from: '1m', to: '8760h' }), {
      default: '24h',
      description: 'Time after the last byte of an unfinished upload until it is dropped.',
    }),
  }),
  gc: gc(),
  scrub: scrub(),
  http: section({
    headersTimeout: key(duration({ from: '1s', to: '1h' }), {
      default: '20s',
      description: 'Time that a client has to send the headers of a request.',
    }),
    idleTimeout: key(duration({ from: '1s', to: '24h' }), {
      default: '60s',
      description: 'Time without a byte during a request until the connection is closed.',
    }),
    keepAliveTimeout: key(duration({ from: '1s', to: '24h' }), {
      default: '15s',
      description: 'Time that an idle connection is kept open for the next request.',
    }),
    cors: key(cors(), {
      default: {},
      description:
        'CORS response headers, for web pages of other origins that use this registry. Of several allowed origins, a response names the one that asked. Origins that are listed can change content; * can only read.',
    }),
  }),
  cache: section({
    manifests: key(size(), {
      default: '16MiB',
      description: 'Memory for recently read manifests. 0 turns the cache off.',
    }),
    blobs: key(size(), {
      default: '32MiB',
      description: 'Memory for recently read small blobs. 0 turns the cache off.',
    }),
  }),
  shutdown: section({
    grace: key(duration({ from: '0s', to: '24h' }), {
      default: '30s',
      description: 'Time that running requests have to finish after SIGTERM or SIGINT.',
    }),
  }),
  metrics: section({
    host: key(text(), {
      default: '127.0.0.1',
      description: 'Address or host name on which metrics are served.',
    }),
    port: key(port(), {
      default: null,
      description:
        'TCP port on which Prometheus metrics are served, as plain HTTP at /metrics. 0 takes any free port. Not set: no metrics.',
    }),
  }),
  audit: section({
    output: key(path(), {
      default: null,
      description:
        'Audit log of pushes, deletions, logins, operations and denied requests, one JSON object a line: the path of a file, or stderr. Not set: no audit log.',
    }),
  }),
  log: section({
    level: key(choice('debug', 'info', 'warn', 'error', 'fatal', 'silent'), {
      default: 'info',
      description: 'Lowest severity of the messages that are logged.',
    }),
    format: key(choice('auto', 'json', 'pretty'), {
      default: 'auto',
      description:
        'json: one JSON object a line. pretty: text for people. auto: pretty on a terminal, json otherwise.',
    }),
  }),
  storage: section({
    acceptGap: key(boolean(), {
      default: false,
      description:
        'Start although the index is damaged or has lost records, which otherwise makes the registry read-only or stops the start. A damaged index is repaired first; lost records stay lost. For one start only: see docs/recovery.md.',
    }),
    readOnly: key(boolean(), {
      default: false,
      description:
        'Maintenance mode: only pulls are served; pushes and deletions are answered 405.',
    }),
  }),
})

/** The configuration in effect: complete, valid and deeply frozen. */
export type Config = DeepReadonly<z.output<typeof configSchema>>
