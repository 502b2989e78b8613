import type { Artifact, ContentFacts } from '../model/artifact.ts'
import { MODULE_LAYER } from '../model/media-types.ts'
import { fileIn, wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'
import {
  type Deployment,
  kubernetesName,
  referenceOf,
  rootIdOf,
  SECRET,
} from './shared/deployment.ts'
import { ENVOY_HOST } from './shared/proxy-wasm-abi.ts'
import { runsInProxyWasm } from './shared/proxy-wasm.ts'
import { pushFilter } from './shared/push-commands.ts'
import { yamlDocument } from './shared/quoting.ts'
import { selectUnknown } from './shared/select-child.ts'
import { FITS, NOT_DOCUMENTED, withEvidence } from './shared/verdict.ts'

/** The folder on each node into which ASM's controller pulls. */
const FILTERS = '/var/local/lib/wasm-filters'

/**
 * Alibaba Cloud Service Mesh: its controller asmwasm-controller pulls filters to every node. The
 * source is closed. The artifacts that the documentation pushes with oras are known to be accepted;
 * nothing is known about others. Current releases of the mesh also accept Istio's WasmPlugin.
 */
export const ASM = {
  id: 'asm',
  title: 'ASM',
  position: 40,
  releases: [{ version: '1.8.3' }],
  sources: ['Alibaba Cloud: Use ORAS to simplify Wasm-based ASM instance extension'],
  isMadeFor: (convention, hints) => convention === 'asm-single-layer' && !hints.includes('higress'),
  select: selectUnknown,
  pull,
  run: runsInProxyWasm(ENVOY_HOST, 'read'),
  push: pushFilter,
  acceptsImages: false,
  usesLayouts: false,
  deploy,
} as const satisfies Consumer

function pull(artifact: Artifact, known: ContentFacts): Pulled {
  const [only, ...others] = artifact.layers
  if (only?.mediaType === MODULE_LAYER && others.length === 0) {
    return { verdict: withEvidence('documented', FITS), file: fileIn(only, known) }
  }
  const file = wasmFileOf(artifact, known)
  return { verdict: withEvidence('documented', NOT_DOCUMENTED), ...(file && { file }) }
}

/** The resource from which ASM makes an EnvoyFilter. */
function deploy(deployment: Deployment): string {
  const name = kubernetesName(deployment)
  return yamlDocument(
    [
      ...deployment.objections,
      `Its controller pulls with the Secret ${SECRET.name} in ${SECRET.namespace}: wasmoor secret makes it.`,
      'The pods of the workload mount the pulled filters by these annotations:',
      `  sidecar.istio.io/userVolume: '[{"name":"wasmfilters-dir","hostPath":{"path":"${FILTERS}"}}]'`,
      `  sidecar.istio.io/userVolumeMount: '[{"mountPath":"${FILTERS}","name":"wasmfilters-dir"}]'`,
      ...(deployment.tag === undefined
        ? ['The documentation has images by tag, not by digest.']
        : []),
      ...(deployment.secure
        ? []
        : ['Whether its controller pulls over plain http is not documented.']),
    ],
    {
      apiVersion: 'istio.alibabacloud.com/v1beta1',
      kind: 'ASMFilterDeployment',
      metadata: { name },
      spec: {
        workload: { kind: 'Deployment', labels: { app: 'WORKLOAD' } },
        filter: {
          patchContext: 'SIDECAR_INBOUND',
          parameters: '{}',
          image: referenceOf(deployment),
          rootID: rootIdOf(deployment) ?? 'my_root_id',
          id: `${name}.default`,
        },
      },
    },
  )
}
