import { styleText } from 'node:util'
import { processEnvironment } from '../../config/environment.ts'

/** Colours a text, or returns it unchanged. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string

export const plainText: Paint = (_style, text) => text

/** Colours on a terminal, unless NO_COLOR is set (no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }): Paint {
  const wanted = stream.isTTY === true && !processEnvironment['NO_COLOR']
  return wanted ? (style, text) => styleText(style, text) : plainText
}
