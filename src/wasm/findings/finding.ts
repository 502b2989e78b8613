/** Something to say about an artifact: `rule` and `parameters` for programs and translators, `text` and `fix` in English. */
export interface Finding {
  readonly rule: string
  /** A lie is refused; a trap is told when a consumer that matters falls into it; advice stands in the report. */
  readonly level: 'lie' | 'trap' | 'advice'
  readonly parameters: Readonly<Record<string, string | number>>
  readonly text: string
  /** A command that does it right, or what to do. */
  readonly fix?: string
}
