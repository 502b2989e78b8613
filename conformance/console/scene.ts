import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { dataIn, hostOf, type Place } from '../server.ts'
import type { Credentials } from '../target.ts'
import { Pusher } from './pushing.ts'

/** Signs in, and may do everything. */
export const engineer: Credentials = { username: 'mesh-engineer', password: 'p@ss:w@rd' }

/** Where the proofs are made: a registry with accounts, and where to leave what there is to look at. */
export class Scene {
  readonly place: Place
  readonly host: string
  readonly base: string
  readonly results: string
  readonly pusher: Pusher

  constructor(place: Place, results: string, credentials?: Credentials) {
    this.place = place
    this.host = hostOf(place)
    this.base = `http://${this.host}`
    this.results = results
    this.pusher = new Pusher(this.base, credentials)
  }

  /** A folder beside the data of the registry. */
  async folder(name: string): Promise<string> {
    const folder = join(dataIn(this.place), '..', name)
    await mkdir(folder, { recursive: true })
    return folder
  }

  picture(name: string): string {
    return join(this.results, `${name}.png`)
  }
}

export interface Proof {
  readonly name: string
  play(scene: Scene): Promise<void>
}
