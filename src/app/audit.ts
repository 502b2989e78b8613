import { LineFile } from '../observability/audit/line-file.ts'
import { AuditTrail } from '../observability/audit/trail.ts'
import type { Config } from '../config.ts'
import type { Log } from '../base/log.ts'

const STDERR = 'stderr'

interface OpenAudit {
  readonly trail: AuditTrail
  close(): Promise<void>
}

/**
 * Opens the output of the audit log; undefined if none is configured.
 * @throws Error with a message for the operator
 */
export async function openAudit(
  { audit: { output } }: Config,
  log: Log,
): Promise<OpenAudit | undefined> {
  if (output === null) return undefined
  if (output === STDERR) {
    const write = (line: string) => void process.stderr.write(line)
    return { trail: new AuditTrail(write, Date.now), close: async () => undefined }
  }
  const file = await LineFile.open(output, log)
  return {
    trail: new AuditTrail((line) => file.write(line), Date.now),
    close: () => file.close(),
  }
}
