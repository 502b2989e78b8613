import type { Source } from '../architecture/source.ts'

/** Finds retired words: one sentence for each, beginning with the path of the file. */
export type Rule = (sources: readonly Source[]) => string[]

/** Words that this project once used with a meaning of its own, and the field's words for them. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  companion: 'derived manifest',
  companions: 'derived manifests',
  door: 'authenticator, or guard',
  judge: 'gate, decide or evaluate',
  judged: 'decided',
  judgement: 'decision, admission or verdict',
  judgements: 'decisions',
  judges: 'decides',
  lie: 'error',
  lies: 'errors; for a place: is',
  loose: 'unreferenced',
  particulars: 'details',
  rehearsal: 'dry run',
  relief: 'remedy',
  reliefs: 'remedies',
  settle: 'collect, or resolve',
  settled: 'collected, or resolved',
  settles: 'collects, or resolves',
  stray: 'orphan',
  strays: 'orphans',
  telltale: 'host hint',
  telltales: 'host hints',
  told: 'formatted, or a noun',
  trap: 'warning',
  traps: 'warnings',
  whoever: 'the noun: the caller, the operator',
}

/** Names of other projects, and names that stored data has. */
const EXCEPTIONS: readonly { readonly path: RegExp; readonly words: RegExp }[] = [
  // JavaScript: it waits for promises to settle.
  { path: /./, words: /\bPromise\.allSettled\b/g },
  { path: /^src\/config\/key\.ts$/, words: /\$ZodLooseShape\b/g },
  // A field of the facts that are stored in the index.
  { path: /^src\/wasm\/live\/facts-codec\.ts$/, words: /\btelltales\b/g },
  // Rows and fields of format 1, which are read to be migrated.
  { path: /^storage\/index-kv\/migrations\.ts$/, words: /\b(loose|strays?)\b/g },
]

/** `finds` as a name; "wkg finds the package" is a sentence. */
const FINDS_AS_NAME =
  /[#.]finds\b|\bfinds\s*[:=(,;.?)]|\b(?:const|let|class) finds\b|[a-z]Finds|\bFinds/

const STRING = /'[^'\n]*'|"[^"\n]*"|`[^`]*`/g

/** Identifiers and strings; comments are not looked at, and a document is all text. */
export const words: Rule = (sources) =>
  sources.flatMap(({ path, code }) => {
    const text = EXCEPTIONS.filter((exception) => exception.path.test(path)).reduce(
      (rest, exception) => rest.replaceAll(exception.words, ''),
      code,
    )
    const found = retiredIn(text).map(
      (word) => `${path} says "${word}": use ${REPLACEMENTS[word]!}`,
    )
    const isCode = !path.endsWith('.md')
    return isCode && FINDS_AS_NAME.test(text.replaceAll(STRING, ''))
      ? [...found, `${path} has a name "finds"`]
      : found
  })

export const fileNames: Rule = (sources) =>
  sources.flatMap(({ path }) =>
    retiredIn(path).map((word) => `${path} is named "${word}": use ${REPLACEMENTS[word]!}`),
  )

/** The retired words in a text, each once; `dropLoose` and `wrong-door` consist of two words. */
function retiredIn(text: string): string[] {
  const parts = text.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  const found = new Set(parts.match(/[a-z]+/g))
  return Object.keys(REPLACEMENTS).filter((word) => found.has(word))
}
