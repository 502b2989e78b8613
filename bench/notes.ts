import { readFileSync } from 'node:fs'

const BEGIN = '<!-- notes: written by hand, kept when this file is written again -->'
const END = '<!-- /notes -->'

/** The section of a report for notes, which are written by hand and kept. Empty in a new file. */
export function notesSection(file: string): string {
  const text = readFileSync(file, { encoding: 'utf8', flag: 'a+' })
  const [, rest = ''] = text.split(BEGIN)
  const [notes = ''] = rest.split(END)
  return `${BEGIN}\n\n${notes.trim()}\n\n${END}`
}
