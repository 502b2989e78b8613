import type { Context } from 'koa'
import { MIB } from '../base/sizes.ts'
import type { Registry } from '../registry/registry.ts'
import { MEMORY_OF_A_BYTE } from './body.ts'
import { holdMemory } from './request-state.ts'

/** Bytes of memory for the facts of an artifact and for a report about it. */
const FACTS = MIB

/**
 * Waits until the process has memory to read an artifact.
 * @param reference a tag or a digest
 * @throws RegistryError MANIFEST_UNKNOWN, NAME_UNKNOWN, DIGEST_INVALID, UNAVAILABLE
 */
export async function holdForArtifact(
  ctx: Context,
  registry: Registry,
  repository: string,
  reference: string,
): Promise<void> {
  const { size } = await registry.manifests.stat(repository, reference)
  await holdMemory(ctx, size * MEMORY_OF_A_BYTE + FACTS)
}
