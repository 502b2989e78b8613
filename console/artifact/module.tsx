import type { ComponentChildren } from 'preact'
import type { MemoryFacts, WasmFacts } from '../../src/wasm/read/facts.ts'
import type { WasmReport } from '../../src/wasm/report/report.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { Copy } from '../parts/copy.tsx'
import { Foreign } from '../parts/foreign.tsx'
import { Empty } from '../parts/states.tsx'
import { Externs } from './externs.tsx'
import { Sections } from './sections.tsx'

/** The facts about the Wasm file. */
export function ModuleView({ module }: { readonly module: WasmReport['module'] }) {
  const { t } = useLanguage()
  if (module === undefined) {
    return (
      <Empty title={t.module.none}>
        <span />
      </Empty>
    )
  }
  const { wasm } = module
  return (
    <>
      <section aria-labelledby="file">
        <h2 id="file">{t.module.title}</h2>
        <Facts module={module} />
      </section>
      {wasm && (
        <>
          <Sections sections={wasm.sections} />
          <Externs title={t.module.imports} none={t.module.noImports} externs={wasm.imports} />
          <Externs title={t.module.exports} none={t.module.noExports} externs={wasm.exports} />
          <Nested wasm={wasm} />
        </>
      )}
    </>
  )
}

function Facts({ module }: { readonly module: NonNullable<WasmReport['module']> }) {
  const { t, formats } = useLanguage()
  const { title, size, sha256, inArchive, wasm, content } = module
  return (
    <dl class="pairs">
      <Pair name={t.module.file}>
        {inArchive ? t.module.inArchive : title !== undefined && <Foreign text={title} />}{' '}
        <span class="muted">{formats.size(size)}</span>
      </Pair>
      <Pair name={t.module.format}>
        {wasm ? t.module.kinds[wasm.kind] : t.contentKinds[content].trim()}
      </Pair>
      {sha256 !== undefined && (
        <Pair name={t.artifact.sha256}>
          <span class="digest whole">
            <code>{sha256}</code>
            <Copy text={sha256} what={t.artifact.sha256} small />
          </span>
          <span class="muted small">{t.artifact.sha256Help}</span>
        </Pair>
      )}
      {wasm && <WasmPairs wasm={wasm} />}
    </dl>
  )
}

function WasmPairs({ wasm }: { readonly wasm: WasmFacts }) {
  const { t, formats } = useLanguage()
  const { name, producers, proxyWasm, entry, memories, targetFeatures, packages, wasi, debug } =
    wasm
  const words = t.module
  return (
    <>
      {name !== undefined && (
        <Pair name={words.name}>
          <Foreign text={name} />
        </Pair>
      )}
      <Texts
        name={words.madeWith}
        texts={producers.items.map((each) => `${each.name} ${each.version}`.trim())}
      />
      <Texts name={words.abi} texts={proxyWasm.markers} />
      <Texts name={words.entry} texts={entry === undefined ? [] : [entry]} />
      {memories.items.length > 0 && (
        <Pair name={words.memory}>{memories.items.map(useMemoryText()).join(', ')}</Pair>
      )}
      <Texts name={words.wasi} texts={wasi.items} />
      <Texts name={words.packages} texts={packages.items} />
      <Texts name={words.features} texts={targetFeatures.items} />
      {debug.dwarf + debug.names > 0 && (
        <Pair name={words.debug}>{formats.size(debug.dwarf + debug.names)}</Pair>
      )}
      {Object.entries(wasm.metadata).map(([key, text]) => (
        <Texts key={key} name={words.metadata[key as keyof WasmFacts['metadata']]} texts={[text]} />
      ))}
      {wasm.partlyRead.items.length > 0 && (
        <Pair name="">
          {fill(words.partly, { what: wasm.partlyRead.items.map(({ part }) => part).join(', ') })}
        </Pair>
      )}
    </>
  )
}

function useMemoryText(): (memory: MemoryFacts) => string {
  const { t, formats } = useLanguage()
  return ({ min, max }) =>
    max === undefined
      ? formats.count(t.module.pages, min)
      : fill(t.module.pagesUpTo, { min: formats.number(min), max: formats.number(max) })
}

const NAMED = 12

function Texts({ name, texts }: { readonly name: string; readonly texts: readonly string[] }) {
  if (texts.length === 0) return null
  const unique = [...new Set(texts)]
  return (
    <Pair name={name}>
      <span class="chips">
        {unique.slice(0, NAMED).map((text) => (
          <code key={text}>
            <Foreign text={text} longest={200} />
          </code>
        ))}
        {unique.length > NAMED && <span class="muted">+{unique.length - NAMED}</span>}
      </span>
    </Pair>
  )
}

function Pair({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Nested({ wasm }: { readonly wasm: WasmFacts }) {
  const { t, formats } = useLanguage()
  if (wasm.nested.items.length === 0) return null
  return (
    <section aria-labelledby="nested">
      <h2 id="nested">{t.module.nested}</h2>
      <ul class="nested">
        {wasm.nested.items.map(({ kind, depth, offset, size, name }) => (
          <li key={offset} data-depth={Math.min(depth, 4)}>
            {t.module.kinds[kind]} {name !== undefined && <Foreign text={name} longest={80} />}{' '}
            <span class="muted">{formats.size(size)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
