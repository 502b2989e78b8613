/** Characters that are shown of a text that somebody else wrote. */
const LONGEST = 300

/**
 * Characters that would change how the text around them is shown, or show nothing: controls, bidi
 * controls (Unicode Technical
 * Report 36, section 2.5), zero-width characters, and halves of surrogate pairs.
 */
const HIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Foreign text in one line, cut; what is hidden in it becomes visible: `⟨202e⟩`. */
export function inLine(text: string, longest: number = LONGEST): string {
  const [cut, more] = cutTo(text, longest)
  return visible(cut).replaceAll(/\s+/g, ' ') + (more ? '…' : '')
}

/** Foreign text that keeps its lines. */
export function inLines(text: string, longest: number): string {
  const [cut, more] = cutTo(text.replaceAll('\r\n', '\n'), longest)
  return visible(cut) + (more ? '\n…' : '')
}

function cutTo(text: string, longest: number): [cut: string, more: boolean] {
  return text.length <= longest ? [text, false] : [text.slice(0, longest), true]
}

function visible(text: string): string {
  return text.replaceAll(
    HIDDEN,
    (found) => `⟨${found.charCodeAt(0).toString(16).padStart(4, '0')}⟩`,
  )
}
