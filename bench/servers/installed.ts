import { execFile } from 'node:child_process'

/** The output of a program; undefined if it is not on PATH. */
export function versionOutput(file: string, ...args: string[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    execFile(file, args, (error, stdout, stderr) => {
      if (error === null) resolve(`${stdout}\n${stderr}`.trim())
      else if (error.code === 'ENOENT') resolve(undefined)
      else reject(new Error(`${file} ${args.join(' ')}: ${error.message}`))
    })
  })
}
