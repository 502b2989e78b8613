import { useState } from 'preact/hooks'
import type { Extern, WasmFacts } from '../../src/wasm/read/facts.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { Foreign } from '../parts/foreign.tsx'

/** Names of a group that are shown before somebody asks for all. */
const SHOWN = 24

interface ExternsProps {
  readonly title: string
  readonly none: string
  readonly externs: WasmFacts['imports']
}

/** Imports or exports, by the module or the package that they belong to. */
export function Externs({ title, none, externs }: ExternsProps) {
  const { formats } = useLanguage()
  const groups = new Map<string, Extern[]>()
  for (const each of externs.items)
    groups.set(groupOf(each), [...(groups.get(groupOf(each)) ?? []), each])
  return (
    <section aria-label={title}>
      <h2>
        {title} <span class="count">{formats.number(externs.total)}</span>
      </h2>
      {externs.total === 0 && <p class="muted">{none}</p>}
      {[...groups].map(([name, items]) => (
        <Group key={name} name={name} items={items} />
      ))}
    </section>
  )
}

function Group({ name, items }: { readonly name: string; readonly items: readonly Extern[] }) {
  const { t, formats } = useLanguage()
  const [isWhole, setIsWhole] = useState(false)
  const shown = isWhole ? items : items.slice(0, SHOWN)
  return (
    <div class="externs">
      {name !== '' && (
        <h3>
          <Foreign text={name} longest={120} />{' '}
          <span class="count">{formats.number(items.length)}</span>
        </h3>
      )}
      <ul>
        {shown.map((each, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- the same name may stand twice
          <li key={at}>
            <code>
              <Foreign text={each.name} longest={160} />
            </code>{' '}
            <span class="muted small">
              {each.type === undefined ? each.kind : <Foreign text={each.type} longest={80} />}
            </span>
          </li>
        ))}
      </ul>
      {shown.length < items.length && (
        <button type="button" class="plain" onClick={() => setIsWhole(true)}>
          {fill(t.actions.showAll, { n: formats.number(items.length) })}
        </button>
      )}
    </div>
  )
}

/** `env` of a core import, `wasi:http` of a component's `wasi:http/types@0.2.0`. */
function groupOf({ module, name }: Extern): string {
  if (module !== undefined) return module
  const slash = name.indexOf('/')
  return name.includes(':') && slash > 0 ? name.slice(0, slash) : ''
}
