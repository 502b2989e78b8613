import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { dataIn, hostOf, type ServerLocation } from '../server.ts'
import type { Credentials } from '../target.ts'
import { Pusher } from './pushing.ts'

/** An account with all permissions. */
export const ENGINEER: Credentials = { username: 'mesh-engineer', password: 'p@ss:w@rd' }

/** The registry of the steps, and the folder for their screenshots. */
export class ConsoleFixture {
  readonly location: ServerLocation
  readonly host: string
  readonly base: string
  readonly results: string
  readonly pusher: Pusher

  constructor(location: ServerLocation, results: string, credentials?: Credentials) {
    this.location = location
    this.host = hostOf(location)
    this.base = `http://${this.host}`
    this.results = results
    this.pusher = new Pusher(this.base, credentials)
  }

  /** A folder beside the data of the registry. */
  async folder(name: string): Promise<string> {
    const folder = join(dataIn(this.location), '..', name)
    await mkdir(folder, { recursive: true })
    return folder
  }

  screenshot(name: string): string {
    return join(this.results, `${name}.png`)
  }
}

export interface ConsoleStep {
  readonly name: string
  run(fixture: ConsoleFixture): Promise<void>
}
