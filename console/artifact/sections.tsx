import type { WasmFacts } from '../../src/wasm/read/facts.ts'
import { useLanguage } from '../language/language.tsx'
import { Foreign } from '../parts/foreign.tsx'

const SHOWN = 16

/** Sections by their size: what makes the file large. */
export function Sections({ sections }: Pick<WasmFacts, 'sections'>) {
  const { t, formats } = useLanguage()
  if (sections.items.length === 0) return null
  const total = sections.items.reduce((sum, { size }) => sum + size, 0)
  const largest = Math.max(...sections.items.map(({ size }) => size), 1)
  const sorted = sections.items.toSorted((one, other) => other.size - one.size)
  const percent = new Intl.NumberFormat(formats.language, {
    style: 'percent',
    maximumFractionDigits: 1,
  })
  return (
    <section aria-labelledby="sections">
      <h2 id="sections">{t.module.sections}</h2>
      <table class="bars">
        <thead class="unseen">
          <tr>
            <th scope="col">{t.module.section}</th>
            <th scope="col">{t.module.share}</th>
            <th scope="col">{t.repository.size}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, SHOWN).map(({ id, name, size, offset }) => (
            <tr key={offset}>
              <th scope="row">
                {id === 0 ? <Foreign text={name} longest={48} /> : name}
                {id === 0 && <span class="muted small"> custom</span>}
              </th>
              <td class="bar-cell" title={percent.format(size / Math.max(total, 1))}>
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect
                    class={id === 0 ? 'custom' : ''}
                    width={Math.max((size / largest) * 100, 0.6)}
                    height="8"
                  />
                </svg>
                <span class="unseen">{percent.format(size / Math.max(total, 1))}</span>
              </td>
              <td class="number">{formats.size(size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {sections.total > SHOWN && (
        <p class="muted small">+{formats.number(sections.total - SHOWN)}</p>
      )}
    </section>
  )
}
