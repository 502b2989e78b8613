import type { Source } from '../architecture/source.ts'

/** Finds retired words: one sentence for each, beginning with the path of the file. */
export type Rule = (sources: readonly Source[]) => string[]

/** Words that this project once used with a meaning of its own, and the field's words for them. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  companion: 'derived manifest',
  companions: 'derived manifests',
  door: 'authenticator, or guard',
  forgotten: 'deleted, or dropped',
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
  young: 'too recent',
}

/** Words that are retired in some rooms, because they mean something else in others. */
const RETIRED_IN_ROOMS: readonly {
  readonly path: RegExp
  readonly word: string
  readonly use: string
}[] = [
  { path: /^storage\//, word: 'verdict', use: 'decision' },
  { path: /^src\//, word: 'claimed', use: 'attempted' },
]

/** Names of other projects, and names that stored data has. */
const EXCEPTIONS: readonly { readonly path: RegExp; readonly words: RegExp }[] = [
  // JavaScript: it waits for promises to settle.
  { path: /./, words: /\bPromise\.allSettled\b/g },
  { path: /^src\/config\/key\.ts$/, words: /\$ZodLooseShape\b/g },
  // A field of the facts that are stored in the index.
  { path: /^src\/wasm\/live\/facts-codec\.ts$/, words: /\btelltales\b/g },
  // Rows and fields of format 1, which are read to be migrated.
  { path: /^storage\/(keys|index-kv\/migrations)\.ts$/, words: /\b(loose|strays?)\b/g },
]

/** `finds` as a name; "wkg finds the package" is a sentence. */
const FINDS_AS_NAME =
  /[#.]finds\b|\bfinds\s*[:=(,;.?)]|\b(?:const|let|class) finds\b|[a-z]Finds|\bFinds/

const STRING = /'[^'\n]*'|"[^"\n]*"|`[^`]*`/g

/** In a source, names, strings and comments; a document is all text. */
export const words: Rule = (sources) =>
  sources.flatMap((source) => {
    const text = EXCEPTIONS.filter(({ path }) => path.test(source.path)).reduce(
      (rest, exception) => rest.replaceAll(exception.words, ''),
      source.code,
    )
    return retiredIn(source.path, text).map(
      ([word, use]) => `${source.path} says "${word}": use ${use}`,
    )
  })

/** `finds` as the name of something in code without comments. */
export const findsAsName: Rule = (sources) =>
  sources
    .filter(({ code }) => FINDS_AS_NAME.test(code.replaceAll(STRING, '')))
    .map(({ path }) => `${path} has a name "finds": use access times`)

export const fileNames: Rule = (sources) =>
  sources.flatMap(({ path }) =>
    retiredIn(path, path).map(([word, use]) => `${path} is named "${word}": use ${use}`),
  )

/**
 * The retired words in a text with their replacements, each once. `dropLoose` and `wrong-door`
 * consist of two words, `letGo` is "let go".
 */
function retiredIn(path: string, text: string): [word: string, use: string][] {
  const parts = text.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  const found = new Set(parts.match(/[a-z]+/g))
  const everywhere = Object.entries(REPLACEMENTS).filter(([word]) => found.has(word))
  const here = RETIRED_IN_ROOMS.filter((each) => each.path.test(path) && found.has(each.word))
  return [
    ...everywhere,
    ...here.map(({ word, use }): [string, string] => [word, use]),
    ...(/\blets?[ _-]go\b/.test(parts)
      ? [['let go', 'mark as unreferenced'] as [string, string]]
      : []),
  ]
}
