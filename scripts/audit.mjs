/**
 * `npm run audit`: known vulnerabilities of the packages that the server runs. Ends with 3 if the
 * registry of packages has no source of advisories, because then nothing was checked.
 */
import { spawnSync } from 'node:child_process'

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--workspaces=false', '--json'], {
  encoding: 'utf8',
})
const report = parse(stdout)
if (report?.vulnerabilities === undefined) {
  process.stderr.write(
    `npm audit is unavailable from this registry of packages: ${report?.message ?? 'no answer'}\n`,
  )
  process.exit(3)
}
const found = Object.values(report.vulnerabilities)
for (const { name, severity, range, via } of found) {
  const titles = via.map((each) => (typeof each === 'string' ? each : `${each.title} ${each.url}`))
  process.stdout.write(`${severity}: ${name} ${range}: ${titles.join('; ')}\n`)
}
process.stdout.write(`${found.length} vulnerable packages\n`)
process.exit(found.length === 0 ? 0 : 1)

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
