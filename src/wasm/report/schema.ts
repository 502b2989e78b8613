import * as z from 'zod'

/*
 * The JSON Schema of a report. Fields with one of several fixed values are plain strings here,
 * because later versions may add values.
 */

const text = (about: string) => z.string().describe(about)
const number = (about: string) => z.int().describe(about)
const optional = <Type extends z.ZodType>(type: Type) => type.optional()
const listed = <Type extends z.ZodType>(item: Type, about: string) =>
  z
    .object({
      total: number('how many there are'),
      items: z.array(item).describe('the first of them'),
    })
    .describe(about)

const extern = z.object({
  module: optional(text('the module of an import, in core modules')),
  name: text('in components with the version: wasi:http/types@0.2.0'),
  kind: text(
    'function, table, memory, global, tag; func, value, type, component, instance, module',
  ),
  type: optional(text('the type of a function in core modules: (i32,i32)->i32')),
})
const producer = z.object({ field: z.string(), name: z.string(), version: z.string() })
const position = { offset: number('byte offset in the file') }

const wasm = z.object({
  kind: text('core-module, component, wit-package, component-prototype or unknown'),
  version: number('bytes 4 and 5'),
  layer: number('bytes 6 and 7: 0 core module, 1 component'),
  damage: optional(
    z
      .object({
        rule: text('unknown-version, cut-short or trailing-bytes'),
        ...position,
        missing: optional(number('number of bytes missing from the section')),
        section: optional(z.string()),
      })
      .describe('why the file is not complete and valid'),
  ),
  partlyRead: listed(
    z.object({ part: z.string(), why: z.string(), detail: z.string(), ...position }),
    'parts that were not understood, or exceed a bound of the reader',
  ),
  oddities: listed(
    z.object({ rule: z.string(), section: z.int(), ...position }),
    'deviations from the format that do not make the file invalid',
  ),
  sections: listed(
    z.object({ id: z.int(), name: z.string(), size: number('bytes'), ...position }),
    'sections in file order',
  ),
  imports: listed(extern, 'imports'),
  exports: listed(extern, 'exports'),
  memories: listed(
    z.object({
      min: number('pages'),
      max: optional(number('pages')),
      imported: z.boolean(),
      shared: z.boolean(),
      memory64: z.boolean(),
    }),
    'memories of a core module',
  ),
  name: optional(z.string()),
  producers: listed(producer, 'languages and tools it was built with'),
  metadata: z
    .record(z.string(), z.string())
    .describe('description, authors, licenses and the like'),
  targetFeatures: listed(z.string(), 'target features, such as +simd128'),
  debug: z.object({
    dwarf: number('bytes of debug information'),
    names: number('bytes of names'),
    sourceMap: optional(z.string()),
    external: optional(z.string()),
  }),
  nested: listed(
    z.object({
      kind: z.string(),
      depth: z.int(),
      ...position,
      size: number('bytes'),
      name: optional(z.string()),
      producers: optional(z.array(producer)),
    }),
    'modules and components nested in a component',
  ),
  proxyWasm: z.object({
    markers: z.array(z.string()).describe('exported functions named proxy_abi_version_…'),
    allocators: z.array(z.object({ name: z.string(), type: optional(z.string()) })),
  }),
  entry: optional(z.string()),
  wasi: listed(z.string(), 'WASI modules or interfaces that it imports or exports'),
  packages: listed(z.string(), 'packages of the imports and exports: wasi:http@0.2.0'),
  wit: optional(
    z.object({
      package: optional(z.string()),
      interfaces: listed(z.string(), 'interfaces'),
      worlds: listed(z.string(), 'worlds'),
    }),
  ),
  wrapped: listed(
    z.string(),
    'component-type sections: the module is meant to be wrapped in a component',
  ),
  linking: optional(text('object-file or dynamic-library')),
  precompiled: number('bytes of machine code compiled for one engine'),
  hostHints: z
    .array(z.string())
    .describe('hosts and toolchains that its imports and exports suggest'),
})

const verdict = z.object({
  verdict: text('ok, refuses or unknown'),
  rule: z.string(),
  words: z.array(z.string()).describe("the consumer's error message, in verbatim parts"),
  either: optional(z.boolean().describe('the consumer says one of the words, not all')),
  evidence: text('executed, read or documented'),
})
const convention = z.object({
  id: z.string(),
  title: text('for people'),
  madeFor: z.array(z.string()).describe('consumers that the artifact is meant for'),
})
const fixParts = {
  text: optional(text('an advice, in English')),
  command: optional(text('a command, after the advice if there is one')),
}
const fix = z.object({
  ...fixParts,
  or: optional(z.object(fixParts).describe('another way out')),
})
const digest = (about: string) => text(`${about}, such as sha256:…`)

const layout = z.object({
  layout: text('envoy or compat'),
  version: number('version of the rules by which it was derived'),
  digest: digest('of the manifest of the layout'),
  tag: optional(z.string()),
  original: digest('of the original manifest'),
  stale: z
    .boolean()
    .describe('the original tag has moved, or the layout would be derived differently now'),
})

/** The JSON of a {@link WasmReport}; a test keeps it equal to the type. */
export const reportSchema = z
  .object({
    schemaVersion: z.literal(1),
    reference: text('HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST; of a file its path'),
    digest: optional(
      digest('of the manifest: the sha256 of an image in WasmPlugin and Envoy Gateway'),
    ),
    mediaType: optional(text('of the manifest')),
    artifactType: optional(z.string()),
    convention: convention.describe('how it was pushed; the id is none if it is not Wasm'),
    module: optional(
      z
        .object({
          reader: number('version of the reader'),
          size: number('bytes'),
          content: text('wasm, or another kind of content: gzip, html, elf …'),
          wasm: optional(wasm),
          sha256: optional(text('hex digits, of the .wasm file: the sha256 of code in Envoy')),
          inArchive: z
            .boolean()
            .describe('the file is plugin.wasm in the last layer, a gzipped tar'),
          digest: optional(digest('of the layer')),
          title: optional(text('file name given at the push')),
        })
        .describe('the Wasm file; for an index, that of the first child that a consumer selects'),
    ),
    consumers: z.array(
      z.object({
        consumer: z.string(),
        title: text('for people'),
        release: z
          .object({
            version: optional(z.string()),
            commit: optional(z.string()),
            date: optional(text('of the commit, YYYY-MM-DD')),
            program: optional(text('program of the consumer that has the version')),
          })
          .describe('the release with which the verdicts were established'),
        sources: z.array(z.string()).describe('where its rules are written down'),
        usesLayouts: z.boolean().describe('the registry makes layouts for it'),
        hasSnippet: z.boolean().describe('there is a deployment text for it'),
        child: optional(digest('of the child of an index that it selects')),
        pull: verdict.describe('whether it can pull the artifact'),
        run: verdict.describe('whether it can run what it pulled'),
      }),
    ),
    findings: z.array(
      z.object({
        rule: text('identifies the text; with the parameters, enough to translate it'),
        severity: text('error, warning or info'),
        stage: optional(text('pull or run: where the consumers refuse')),
        consumers: z.array(z.string()).describe('the consumers that it is about'),
        parameters: z.record(z.string(), z.union([z.string(), z.number()])),
        text: text('in English'),
        fix: optional(fix),
      }),
    ),
    policy: optional(
      z
        .object({
          mode: text('off, warn or enforce'),
          consumers: optional(z.array(z.string())),
          derive: optional(z.array(z.string()).describe('layouts that are derived with a push')),
          outcome: text('off, exempt, passes, warns or refuses'),
        })
        .describe(
          'the policy of the repository, and its outcome if a tag were set to the artifact now',
        ),
    ),
    children: optional(
      listed(
        z.object({
          mediaType: z.string(),
          digest: z.string(),
          size: number('bytes'),
          platform: optional(z.object({ os: z.string(), architecture: z.string() })),
          selectedBy: z.array(z.string()).describe('consumers that select it'),
          convention: optional(convention),
        }),
        'the manifests of an index',
      ),
    ),
    layouts: optional(
      z.array(layout).describe('layouts derived from it, or from what its tag pointed to before'),
    ),
    layoutOf: optional(layout.describe('the artifact itself, if it is a layout')),
  })
  .describe(
    'The kind of a Wasm artifact, the consumers that can pull and run it, and the findings about it.',
  )
