import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { environmentWithout, execute, type Environment } from './execute.ts'
import type { Target } from './target.ts'

const TIMEOUT_SECONDS = 600

/** Runs the official suite, which writes its reports to the folder `results`. */
export async function runSuite(
  program: string,
  target: Target,
  settings: Environment,
  results: string,
): Promise<void> {
  const outcome = await execute(program, [], {
    // The suite reads a configuration file from its working directory, if there is one.
    directory: results,
    environment: {
      ...environmentWithout('OCI_'),
      OCI_REGISTRY: target.host,
      OCI_TLS: target.plainHttp ? 'disabled' : 'enabled',
      OCI_USERNAME: target.credentials?.username,
      OCI_PASSWORD: target.credentials?.password,
      OCI_RESULTS_DIR: results,
      ...settings,
    },
    timeoutSeconds: TIMEOUT_SECONDS,
  })
  const output = Buffer.concat([outcome.stdout, Buffer.from(outcome.stderr)])
  await writeFile(join(results, 'suite.log'), output)
}
