/** Core specification, section 5.5.2, "Sections", with the tags of exception handling. */
export const CORE_SECTIONS: Readonly<Record<number, string>> = {
  0: 'custom',
  1: 'type',
  2: 'import',
  3: 'function',
  4: 'table',
  5: 'memory',
  6: 'global',
  7: 'export',
  8: 'start',
  9: 'element',
  10: 'code',
  11: 'data',
  12: 'data count',
  13: 'tag',
}

/**
 * Ids in the order in which a core module has them, each at most once; custom sections stand
 * anywhere.
 */
export const CORE_ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]

/** Component model, Binary.md, "Component Definitions". They may repeat in any order. */
export const COMPONENT_SECTIONS: Readonly<Record<number, string>> = {
  0: 'custom',
  1: 'core module',
  2: 'core instance',
  3: 'core type',
  4: 'component',
  5: 'instance',
  6: 'alias',
  7: 'type',
  8: 'canonical function',
  9: 'start',
  10: 'import',
  11: 'export',
  12: 'value',
}
