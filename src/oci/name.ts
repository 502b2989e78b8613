/**
 * distribution-spec v1.1, "Pulling manifests": `<name>`. Repository names longer than 255
 * characters are refused, as clients do.
 */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const LONGEST_NAME = 255
/** distribution-spec v1.1, "Pulling manifests": `<reference>` as a tag. */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/

export function isRepositoryName(text: string): boolean {
  return text.length <= LONGEST_NAME && NAME.test(text)
}

export function isTag(text: string): boolean {
  return TAG.test(text)
}
