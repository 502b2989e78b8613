import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RunningTime, type Stretch } from '../../../src/registry/upkeep/running-time.ts'

const HOUR = 3_600_000
const START = 1_000 * HOUR

/** A process whose clocks are set by hand. */
function running(at = START, stretches: readonly Stretch[] = []) {
  const clocks = { wall: at, steady: 0 }
  const time = new RunningTime({ now: () => clocks.wall, steady: () => clocks.steady }, stretches)
  return {
    time,
    pass: (milliseconds: number) => {
      clocks.wall += milliseconds
      clocks.steady += milliseconds
      time.tick()
    },
    set: (difference: number) => {
      clocks.wall += difference
      time.tick()
    },
  }
}

describe('running time', () => {
  it('counts the time in which the registry runs', () => {
    const { time, pass } = running()
    assert.equal(time.ago(0), START)
    assert.equal(time.ago(1), undefined)
    pass(HOUR)
    assert.equal(time.ago(HOUR), START)
    pass(HOUR)
    assert.equal(time.ago(HOUR), START + HOUR)
    assert.equal(time.ago(2 * HOUR + 1), undefined)
  })

  it('continues after a restart, without the time in between', () => {
    const first = running()
    first.pass(3 * HOUR)
    const second = running(START + 100 * HOUR, first.time.stretches)
    second.pass(HOUR)
    assert.equal(second.time.ago(HOUR), START + 100 * HOUR)
    assert.equal(second.time.ago(2 * HOUR), START + 2 * HOUR)
    assert.equal(second.time.ago(5 * HOUR), undefined)
  })

  it('does not count time that passed because the clock was set forward', () => {
    const { time, pass, set } = running()
    pass(HOUR)
    set(1_000 * HOUR)
    assert.equal(time.ago(2 * HOUR), undefined)
    pass(HOUR)
    assert.equal(time.ago(2 * HOUR), START)
  })

  it('counts from the new time after the clock was set back', () => {
    const { time, pass, set } = running()
    pass(10 * HOUR)
    set(-6 * HOUR)
    // The times recorded in the hour before are in the future now.
    assert.equal(time.ago(HOUR), START + 3 * HOUR)
    pass(2 * HOUR)
    assert.equal(time.ago(2 * HOUR), START + 4 * HOUR)
    assert.equal(time.ago(6 * HOUR), START)
    set(-500 * HOUR)
    assert.equal(time.ago(1), undefined)
    pass(HOUR)
    assert.equal(time.ago(HOUR), START - 494 * HOUR)
  })

  it('ignores small corrections of the clock', () => {
    const { time, pass, set } = running()
    for (let minute = 0; minute < 60; minute++) {
      pass(HOUR / 60)
      set(minute % 2 === 0 ? 500 : -500)
    }
    assert.equal(time.ago(HOUR), START)
    assert.equal(time.stretches.length, 1)
  })

  it('stores at most 100 stretches, however often the process is started', () => {
    let stretches: readonly Stretch[] = []
    for (let start = 0; start < 500; start++) {
      const { time, pass } = running(START + start * HOUR, stretches)
      pass(HOUR / 2)
      ;({ stretches } = time)
    }
    assert.equal(stretches.length, 100)
  })
})
