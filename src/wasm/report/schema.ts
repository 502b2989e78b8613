import * as z from 'zod'

/*
 * What a Report says, for those who read it elsewhere. Texts that are one of several are plain text
 * here: there may be more of them later.
 */

const text = (about: string) => z.string().describe(about)
const number = (about: string) => z.int().describe(about)
const maybe = <Type extends z.ZodType>(type: Type) => type.optional()
const listed = <Type extends z.ZodType>(item: Type, about: string) =>
  z
    .object({
      total: number('how many there are'),
      items: z.array(item).describe('the first of them'),
    })
    .describe(about)

const extern = z.object({
  module: maybe(text('of an import of a core module')),
  name: text('of a component with its version: wasi:http/types@0.2.0'),
  kind: text(
    'function, table, memory, global, tag; func, value, type, component, instance, module',
  ),
  type: maybe(text('of a core function: (i32,i32)->i32')),
})
const producer = z.object({ field: z.string(), name: z.string(), version: z.string() })
const where = { offset: number('byte of the file') }

const wasm = z.object({
  kind: text('core-module, component, wit-package, component-prototype or unknown'),
  version: number('bytes 4 and 5'),
  layer: number('bytes 6 and 7: 0 core module, 1 component'),
  damage: maybe(
    z
      .object({
        rule: text('unknown-version, cut-short or trailing-bytes'),
        ...where,
        missing: maybe(number('bytes that the section lacks')),
        section: maybe(z.string()),
      })
      .describe('why this is no whole file of the format'),
  ),
  partlyRead: listed(
    z.object({ part: z.string(), why: z.string(), detail: z.string(), ...where }),
    'what was not understood or lies beyond a bound',
  ),
  oddities: listed(
    z.object({ rule: z.string(), section: z.int(), ...where }),
    'against the format, but no ground to call the file something else',
  ),
  sections: listed(
    z.object({ id: z.int(), name: z.string(), size: number('bytes'), ...where }),
    'sections in their order',
  ),
  imports: listed(extern, 'imports'),
  exports: listed(extern, 'exports'),
  memories: listed(
    z.object({
      min: number('pages'),
      max: maybe(number('pages')),
      imported: z.boolean(),
      shared: z.boolean(),
      memory64: z.boolean(),
    }),
    'memories of a core module',
  ),
  name: maybe(z.string()),
  producers: listed(producer, 'what it was made with'),
  metadata: z.record(z.string(), z.string()).describe('description, authors, licenses and so on'),
  targetFeatures: listed(z.string(), 'such as +simd128'),
  debug: z.object({
    dwarf: number('bytes of debug information'),
    names: number('bytes of names'),
    sourceMap: maybe(z.string()),
    external: maybe(z.string()),
  }),
  nested: listed(
    z.object({
      kind: z.string(),
      depth: z.int(),
      ...where,
      size: number('bytes'),
      name: maybe(z.string()),
      producers: maybe(z.array(producer)),
    }),
    'modules and components inside a component',
  ),
  proxyWasm: z.object({
    markers: z.array(z.string()).describe('exported functions proxy_abi_version_…'),
    allocators: z.array(z.object({ name: z.string(), type: maybe(z.string()) })),
  }),
  entry: maybe(z.string()),
  wasi: listed(z.string(), 'modules or interfaces of WASI that it imports or exports'),
  packages: listed(z.string(), 'packages of its imports and exports: wasi:http@0.2.0'),
  wit: maybe(
    z.object({
      package: maybe(z.string()),
      interfaces: listed(z.string(), 'interfaces'),
      worlds: listed(z.string(), 'worlds'),
    }),
  ),
  wrapped: listed(z.string(), 'sections component-type…: it was made to become a component'),
  linking: maybe(text('object-file or dynamic-library')),
  precompiled: number('bytes of code compiled for one engine'),
  telltales: z.array(z.string()).describe('families of hosts or toolchains that it shows'),
})

const verdict = z.object({
  verdict: text('ok, refuses or unknown'),
  rule: z.string(),
  words: z.array(z.string()).describe('parts of what the consumer says, verbatim'),
  either: maybe(z.boolean().describe('it says one of the words')),
  evidence: text('executed, read or documented'),
})
const convention = z.object({
  id: z.string(),
  title: text('for people'),
  madeFor: z.array(z.string()).describe('consumers whose refusals are worth a warning'),
})
const digest = (about: string) => text(`${about}, such as sha256:…`)

const layout = z.object({
  layout: text('envoy or compat'),
  version: number('of the rule by which it was made'),
  digest: digest('of its manifest'),
  tag: maybe(z.string()),
  original: digest('of the manifest that it was made of'),
  stale: z.boolean().describe('the tag beside it means something else by now'),
})

/** The JSON of a Report. */
export const reportSchema = z
  .object({
    schemaVersion: z.literal(1),
    reference: text('as it was asked for'),
    digest: maybe(digest('of the manifest: sha256 of an image to WasmPlugin and Envoy Gateway')),
    mediaType: maybe(text('of the manifest')),
    artifactType: maybe(z.string()),
    convention: convention.describe('how it was pushed; none if it is not Wasm'),
    module: maybe(
      z
        .object({
          reader: number('version of the reader that looked at it'),
          size: number('bytes'),
          content: text('wasm, or what it is instead: gzip, html, elf …'),
          wasm: maybe(wasm),
          sha256: maybe(text('hex digits of the .wasm file: sha256 of code to Envoy')),
          inArchive: z.boolean().describe('it is plugin.wasm in the last layer'),
          digest: maybe(digest('of the layer')),
          title: maybe(text('name of the file as it was pushed')),
        })
        .describe('the Wasm file; of an index that of the first child that anybody takes'),
    ),
    consumers: z.array(
      z.object({
        consumer: z.string(),
        title: text('for people'),
        version: z.string(),
        sources: z.array(z.string()).describe('where its rules stand'),
        child: maybe(digest('of the manifest of an index that it goes on with')),
        pull: verdict.describe('whether it takes the artifact'),
        run: verdict.describe('whether what it takes then runs'),
      }),
    ),
    findings: z.array(
      z.object({
        rule: text('with the parameters all that a translation needs'),
        severity: text('error, warning or info'),
        parameters: z.record(z.string(), z.union([z.string(), z.number()])),
        text: text('in English'),
        fix: maybe(text('a command that does it right, or what to do')),
      }),
    ),
    policy: maybe(
      z
        .object({
          mode: text('off, warn or enforce'),
          consumers: maybe(z.array(z.string())),
          derive: maybe(z.array(z.string()).describe('layouts that are made with a push')),
          outcome: text('off, exempt, passes, warns or refuses'),
        })
        .describe('what would happen if a tag were pointed at it now'),
    ),
    children: maybe(
      listed(
        z.object({
          mediaType: z.string(),
          digest: z.string(),
          size: number('bytes'),
          platform: maybe(z.object({ os: z.string(), architecture: z.string() })),
          selectedBy: z.array(z.string()).describe('consumers that go on with it'),
          convention: maybe(convention),
        }),
        'manifests of an index',
      ),
    ),
    layouts: maybe(
      z
        .array(layout)
        .describe('manifests that were made of it, or of what its tag meant before, by their tags'),
    ),
    layoutOf: maybe(layout.describe('if it was made of another: itself')),
  })
  .describe('What a Wasm artifact is, who takes and runs it, and what is wrong with it.')
