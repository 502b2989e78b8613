import type { Known } from './known.ts'
import { Findings } from './findings.tsx'
import { Layouts } from './layouts.tsx'
import { Matrix } from './matrix.tsx'

/** The verdicts of consumers, the findings and their fixes. */
export function Overview({ known, again }: { readonly known: Known; readonly again: () => void }) {
  const { report } = known
  if (report === undefined) return null
  return (
    <>
      <Findings findings={report.findings} consumers={report.consumers} />
      <Layouts known={known} report={report} again={again} />
      {report.convention.id !== 'none' && (
        <Matrix rows={report.consumers} madeFor={report.convention.madeFor} />
      )}
    </>
  )
}
