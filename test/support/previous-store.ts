import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Digest } from '../../src/oci/digest.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const ARCHIVE = join(import.meta.dirname, '../storage/fixtures/store-0.1.tar.gz')
const run = promisify(execFile)

/**
 * Unpacks the store that version 0.1 wrote, and a backup of it; see
 * test/storage/fixtures/README.md.
 */
export async function unpackPreviousStore(
  test: Parameters<typeof temporaryDirectory>[0],
): Promise<{ data: string; backup: string }> {
  const directory = await temporaryDirectory(test)
  await run('tar', ['-xzf', ARCHIVE, '-C', directory])
  return { data: join(directory, 'data'), backup: join(directory, 'backup') }
}

const digest = (hex: string) => `sha256:${hex}` as Digest

export const PREVIOUS_STORE = {
  repository: 'demo/filter',
  /** Also mounted in this repository. */
  copy: 'demo/copy',
  config: digest('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'),
  /** 20,000 bytes, in a file; mounted in `demo/copy`. */
  layer: digest('5ee11e5e024a0ae99fae184c3ec824dfe4b15c218920d90ef00f6216a7a0c3b2'),
  wasm: digest('5647c39a1d25d8728350f9619025292a62e78a602068a2ad9b6f075751c93d99'),
  /** 18,000 bytes, in a file; no manifest refers to it. */
  unused: digest('dcd2bca851d5b5f165aad63320fefea130c83c2a4196ccb1074142506a991a22'),
  tags: {
    v1: digest('5f489ca4635a6ef78767769753c3d777cf6997f53160f24c5c12f6606574db22'),
    v2: digest('8e5c57e64b0e772a21069fc7d2c9f7b2c5e4f2377e82c4a0a4f0291de6e3d66e'),
    multi: digest('22131a04b55c5d5119e6e2245f035523938b08a4e87457fa3f72f85c661a335f'),
  },
  referrer: digest('0f73410dd0c6c373c02003939571eb3e842fd553917509ce596495bb6b8d316a'),
  /** Its tag was deleted. */
  formerlyTagged: digest('200bf7ab1bea427c06ae150463f517db0df38b320208e1aeea6d964634b13806'),
  neverTagged: digest('a19f054873b58a76577a3379895176c43e0259fad088c86eae0fc1e88bbc083c'),
  accessToken: '4b106a17a80735c6',
  uploads: [
    { id: '9047db5b-d277-4a71-a6c7-286475177374', text: 'a short part ', size: 1_000 },
    { id: 'b9cb1833-0634-427b-bf79-45e4a2ec0887', text: 'a long part ', size: 17_000 },
  ],
} as const
