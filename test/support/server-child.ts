import { type Program, program as start } from '../cli/process.ts'

export interface ServerChild {
  readonly address: { readonly host: string; readonly port: number }
  readonly child: Program
}

/** Starts the program without waiting until it listens. */
export function spawnServer(program: string, data: string, ...flags: string[]): Program {
  const options = ['--host', '127.0.0.1', '--port', '0', '--data', data, '--log-format', 'json']
  return start([program, 'serve', ...options, ...flags])
}

/** Starts the program as a server on a free port of 127.0.0.1; resolves when it listens. */
export async function startServer(
  program: string,
  data: string,
  ...flags: string[]
): Promise<ServerChild> {
  const child = spawnServer(program, data, ...flags)
  const { host, port } = (await child.logged('listening')) as ServerChild['address']
  return { child, address: { host, port } }
}

/** Ends the process at once, as the kernel does when memory is short. */
export async function kill(child: Program): Promise<void> {
  child.kill('SIGKILL')
  await child.ended
}
