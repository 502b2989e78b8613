/**
 * `quarantined`: the bytes were found to differ from their digest. The content counts as absent
 * until the same bytes are pushed again.
 */
export type ContentState = 'good' | 'quarantined'
