import { MODULE_CONFIG, MODULE_LAYER } from '../../model/media-types.ts'

/** The names in a command that pushes one artifact. */
export interface PushNames {
  /** `host/repository:tag`, safe in a shell. */
  readonly reference: string
  /** File name of the module, safe in a shell. */
  readonly file: string
}

/** A filter for Istio and its forks: they read the config both as config and as first layer. */
export function pushFilter({ reference, file }: PushNames): string {
  const config = `runtime-config.json:${MODULE_CONFIG}`
  return `oras push ${reference} --config ${config} ${config} ${file}:${MODULE_LAYER}`
}

/** A CNCF Wasm artifact. */
export function pushWithWkg({ reference, file }: PushNames): string {
  return `wkg oci push ${reference} ${file}`
}

export function pushSpinApplication({ reference }: PushNames): string {
  return `spin registry push ${reference}`
}

/** An image with the module as `plugin.wasm` in its last layer, a gzipped tar. */
export function pushImage({ reference, file }: PushNames): string {
  const rename = file === 'plugin.wasm' ? '' : `cp ${file} plugin.wasm && `
  return `${rename}tar czf plugin.tar.gz plugin.wasm && crane append --oci-empty-base -f plugin.tar.gz -t ${reference}`
}
