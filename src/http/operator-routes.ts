import type { TokenHandlers } from './handlers/access-tokens.ts'
import type { BackupHandlers } from './handlers/backups.ts'
import type { Route } from './route.ts'
import type { UpkeepHandlers } from './handlers/upkeep.ts'

export interface OperatorHandlers {
  readonly accessTokens: TokenHandlers
  readonly backups: BackupHandlers
  readonly upkeep: UpkeepHandlers
}

/** The part of the table that is for operators: it takes the admin action, also where the registry is open. */
export function operatorRoutes({
  accessTokens,
  backups,
  upkeep,
}: OperatorHandlers): readonly Route[] {
  return [
    {
      id: 'tokens',
      method: 'GET',
      path: '/v2/_wasmoor/tokens',
      access: 'admin',
      handle: accessTokens.list,
    },
    {
      id: 'tokens-create',
      method: 'POST',
      path: '/v2/_wasmoor/tokens',
      access: 'admin',
      handle: accessTokens.create,
    },
    {
      id: 'tokens-revoke',
      method: 'DELETE',
      path: '/v2/_wasmoor/tokens/:id',
      access: 'admin',
      handle: accessTokens.revoke,
    },
    {
      id: 'backup',
      method: 'GET',
      path: '/v2/_wasmoor/backup',
      access: 'admin',
      handle: backups.status,
    },
    {
      id: 'backup-start',
      method: 'POST',
      path: '/v2/_wasmoor/backup',
      access: 'admin',
      handle: backups.start,
    },
    {
      id: 'gc',
      method: 'GET',
      path: '/v2/_wasmoor/gc',
      access: 'admin',
      handle: upkeep.collection,
    },
    {
      id: 'gc-start',
      method: 'POST',
      path: '/v2/_wasmoor/gc',
      access: 'admin',
      handle: upkeep.startCollection,
    },
    {
      id: 'scrub',
      method: 'GET',
      path: '/v2/_wasmoor/scrub',
      access: 'admin',
      handle: upkeep.scrub,
    },
    {
      id: 'scrub-start',
      method: 'POST',
      path: '/v2/_wasmoor/scrub',
      access: 'admin',
      handle: upkeep.startScrub,
    },
  ]
}
