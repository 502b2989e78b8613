import { execFile } from 'node:child_process'

/** What a program prints about its version, or undefined when there is no such program on PATH. */
export function printedBy(file: string, ...args: string[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    execFile(file, args, (error, stdout, stderr) => {
      if (error === null) resolve(`${stdout}\n${stderr}`.trim())
      else if (error.code === 'ENOENT') resolve(undefined)
      else reject(new Error(`${file} ${args.join(' ')}: ${error.message}`))
    })
  })
}
