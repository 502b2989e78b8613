import type { Verdict } from '../../src/wasm/consumers/consumer.ts'
import type { ConsumerId } from '../../src/wasm/consumers/ids.ts'
import type { ConsumerResult } from '../../src/wasm/assess/matrix.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { shortDigest } from '../parts/digest.tsx'
import { Foreign } from '../parts/foreign.tsx'
import { Sign } from '../parts/marks.tsx'

interface MatrixProps {
  readonly rows: readonly ConsumerResult[]
  readonly madeFor: readonly ConsumerId[]
}

/** Each consumer with what it does: those that the artifact is made for first. */
export function Matrix({ rows, madeFor }: MatrixProps) {
  const { t } = useLanguage()
  const own = rows.filter(({ consumer }) => madeFor.includes(consumer))
  const others = rows.filter(({ consumer }) => !madeFor.includes(consumer))
  return (
    <section aria-labelledby="matrix">
      <h2 id="matrix">{t.matrix.title}</h2>
      <div class="table" role="region" aria-labelledby="matrix" tabIndex={0}>
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">{t.matrix.consumer}</th>
              <th scope="col">{t.matrix.pull}</th>
              <th scope="col">{t.matrix.run}</th>
              <th scope="col">{t.matrix.why}</th>
            </tr>
          </thead>
          {own.length > 0 && <Rows rows={own} isMadeFor />}
          <Rows rows={others} />
        </table>
      </div>
    </section>
  )
}

function Rows({
  rows,
  isMadeFor,
}: {
  readonly rows: readonly ConsumerResult[]
  readonly isMadeFor?: boolean
}) {
  const { t } = useLanguage()
  return (
    <tbody class={isMadeFor ? 'made-for' : ''}>
      {rows.map((row) => (
        <tr key={row.consumer}>
          <th scope="row">
            {row.title}
            <span class="muted small">
              {' '}
              {versionOf(row)}
              {isMadeFor && <span class="note">{t.matrix.madeFor}</span>}
            </span>
          </th>
          <td>
            <span class="narrow-only muted">{t.matrix.pull} </span>
            <Outcome verdict={row.pull} />
          </td>
          <td>
            <span class="narrow-only muted">{t.matrix.run} </span>
            <Outcome verdict={row.run} />
          </td>
          <td class="why">
            <Why row={row} same={sameAs(row, rows)} />
          </td>
        </tr>
      ))}
    </tbody>
  )
}

/** The number if there is one, else the date of the commit. */
function versionOf({ release: { version, date, commit } }: ConsumerResult): string {
  return version ?? date ?? commit ?? ''
}

function decidingOf({ pull, run }: ConsumerResult): Verdict | undefined {
  return [pull, run].find(({ verdict }) => verdict !== 'ok')
}

/** One above that says the same at length. */
function sameAs(row: ConsumerResult, rows: readonly ConsumerResult[]): ConsumerResult | undefined {
  const own = decidingOf(row)
  if (own === undefined || own.words.length === 0) return undefined
  const earlier = rows
    .slice(0, rows.indexOf(row))
    .map((other) => [other, decidingOf(other)] as const)
  return earlier.find(
    ([, said]) => said?.rule === own.rule && said.words.join('') === own.words.join(''),
  )?.[0]
}

function Outcome({ verdict }: { readonly verdict: Verdict }) {
  const { t } = useLanguage()
  const outcome =
    verdict.rule === 'no-such-stage' || verdict.rule === 'no-wasm' ? 'none' : verdict.verdict
  return (
    <span class={`outcome ${outcome}`}>
      <Sign verdict={outcome} /> {t.matrix[outcome]}
    </span>
  )
}

/** The stage that decides, with the consumer's own words. */
function Why({
  row,
  same,
}: {
  readonly row: ConsumerResult
  readonly same: ConsumerResult | undefined
}) {
  const { t } = useLanguage()
  const deciding = decidingOf(row)
  return (
    <>
      {deciding ? (
        <>
          {same ? fill(t.matrix.same, { consumer: same.title }) : t.rules[deciding.rule]}
          {!same && <Words verdict={deciding} />}
          <span class="muted small evidence"> {t.matrix.evidence[deciding.evidence]}</span>
        </>
      ) : (
        <span class="muted small">{t.matrix.evidence[row.pull.evidence]}</span>
      )}
      {row.child !== undefined && (
        <span class="muted small"> {fill(t.matrix.child, { digest: shortDigest(row.child) })}</span>
      )}
    </>
  )
}

/** Verbatim: people look for them in logs. */
function Words({ verdict: { words, either } }: { readonly verdict: Verdict }) {
  const { t } = useLanguage()
  if (words.length === 0) return null
  return (
    <span class="words" lang="en">
      {words.map((text, at) => (
        <>
          {at > 0 && <span class="muted">{either ? ` ${t.matrix.or} ` : ' … '}</span>}
          <code key={text}>
            <Foreign text={text} longest={400} />
          </code>
        </>
      ))}
    </span>
  )
}
