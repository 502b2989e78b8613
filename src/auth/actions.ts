import { type Action, ACTIONS } from '../api/actions.ts'

/** A set of actions, as bits: they are combined on every request. */
export type ActionSet = number

export const NONE: ActionSet = 0
export const PULL: ActionSet = 1
export const PUSH: ActionSet = 2
export const DELETE: ActionSet = 4
export const ALL: ActionSet = PULL | PUSH | DELETE

const BITS: Readonly<Record<string, ActionSet>> = {
  pull: PULL,
  push: PUSH,
  delete: DELETE,
  '*': ALL,
}

/** Ignores unknown actions: clients may ask for actions of other registries. */
export function actionSet(actions: readonly string[]): ActionSet {
  return actions.reduce(
    (set, action) => set | (Object.hasOwn(BITS, action) ? BITS[action]! : NONE),
    NONE,
  )
}

export function actionNames(set: ActionSet): Action[] {
  return ACTIONS.filter((action) => (set & BITS[action]!) !== 0)
}

export function includes(set: ActionSet, wanted: ActionSet): boolean {
  return (set & wanted) === wanted
}
