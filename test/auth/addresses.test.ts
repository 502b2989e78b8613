import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Addresses, type AddressesOptions } from '../../src/auth/addresses.ts'
import { KeptLog } from '../support/kept-log.ts'

const PEER = '10.0.0.7'

function request(
  headers: Readonly<Record<string, string>>,
  peer = PEER,
  local = '10.0.0.1',
): IncomingMessage {
  const socket = { remoteAddress: peer, localAddress: local, localPort: 5000 }
  return { headers, socket } as unknown as IncomingMessage
}

function addresses(options: Partial<AddressesOptions> = {}) {
  return new Addresses({ trustedProxies: [], tls: false, log: new KeptLog(), ...options })
}

const behind = (...trustedProxies: string[]) => addresses({ trustedProxies })

const from = (forwarded: string, peer?: string) => request({ 'x-forwarded-for': forwarded }, peer)

describe('the address of a client', () => {
  it('is that of an untrusted peer, whatever its headers say', () => {
    assert.equal(addresses().client(request({})), PEER)
    assert.equal(addresses().client(from('192.0.2.1')), PEER)
    assert.equal(behind('10.0.1.0/24').client(from('192.0.2.1')), PEER)
  })

  it('is the rightmost address that is not a trusted proxy', () => {
    const inside = behind('10.0.0.0/8', '2001:db8::/32')
    assert.equal(inside.client(from('192.0.2.1')), '192.0.2.1')
    assert.equal(inside.client(from('192.0.2.1, 10.1.2.3')), '192.0.2.1')
    assert.equal(inside.client(from('192.0.2.9,192.0.2.1,  10.1.2.3 ,10.9.9.9')), '192.0.2.1')
    assert.equal(inside.client(from('192.0.2.1, 2001:db8::5')), '192.0.2.1')
    assert.equal(inside.client(from('2001:db9::1, 2001:db8::5')), '2001:db9::1')
    assert.equal(inside.client(from('10.1.1.1, 10.2.2.2')), '10.1.1.1')
    assert.equal(inside.client(request({})), PEER)
  })

  it('is read from a forwarded address with a port', () => {
    const inside = behind('10.0.0.0/8')
    assert.equal(inside.client(from('192.0.2.1:4711')), '192.0.2.1')
    assert.equal(inside.client(from('[2001:db9::1]:4711')), '2001:db9::1')
    assert.equal(inside.client(from('[2001:db9::1]')), '2001:db9::1')
    assert.equal(inside.client(from('192.0.2.1:1, 10.1.2.3:2')), '192.0.2.1')
  })

  it('is that of the first trusted proxy if no other address precedes it', () => {
    const inside = behind('10.0.0.0/8')
    for (const nonsense of ['unknown', '_hidden', '192.0.2', '', '"192.0.2.1"', 'a'.repeat(9999)])
      assert.equal(
        inside.client(from(`192.0.2.1, ${nonsense || ' '}`)),
        nonsense ? PEER : '192.0.2.1',
      )
    assert.equal(inside.client(from('unknown, 10.3.3.3')), '10.3.3.3')
  })

  it('can be an IPv4-mapped IPv6 address, or have a zone', () => {
    const inside = behind('10.0.0.0/8', 'fe80::/10')
    assert.equal(inside.client(from('192.0.2.1', '::ffff:10.0.0.7')), '192.0.2.1')
    assert.equal(inside.client(from('192.0.2.1', 'fe80::1%eth0')), '192.0.2.1')
    assert.equal(inside.client(from('192.0.2.1', '::ffff:11.0.0.7')), '::ffff:11.0.0.7')
  })

  it('never comes from the left of an untrusted address', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string().map((text) => text.replaceAll(',', '')),
    )
    fc.assert(
      fc.property(fc.array(address), (forged) => {
        const header = [...forged, '192.0.2.1', '10.0.0.9'].join(', ')
        assert.equal(behind('10.0.0.0/24').client(from(header)), '192.0.2.1')
      }),
    )
  })
})

describe('trustedProxies', () => {
  it('can be addresses and ranges', () => {
    const single = behind('192.0.2.1', '2001:db8::1/128')
    assert.equal(single.client(from('1.2.3.4', '192.0.2.1')), '1.2.3.4')
    assert.equal(single.client(from('1.2.3.4', '2001:db8::1')), '1.2.3.4')
    assert.equal(single.client(from('1.2.3.4', '192.0.2.2')), '192.0.2.2')
    assert.equal(behind('0.0.0.0/0').client(from('x', '192.0.2.2')), '192.0.2.2')
  })

  it('are rejected if they are invalid, such as a range without a length', () => {
    const wrong = ['', '/', '10.0.0.0/', '10.0.0.0/33', '::/129', '10.0.0.0/8/9', '10.0.0', 'proxy']
    for (const range of [...wrong, '10.0.0.0/-1', '10.0.0.0/8 ', '10.0.0.0/1e1', '10.0.0.0/ 8'])
      assert.throws(() => behind(range), /^Error: trustedProxies: /, range)
  })
})

describe('the URL of this registry', () => {
  const host = { host: 'registry.example:5000' }

  it('is publicUrl if that is set, whatever the headers say', () => {
    const fixed = addresses({ publicUrl: 'https://public.example', trustedProxies: [PEER] })
    const said = { ...host, 'x-forwarded-host': 'x.example', 'x-forwarded-proto': 'http' }
    assert.equal(fixed.base(request(said)), 'https://public.example')
  })

  it('is made of the Host of the request if publicUrl is not set', () => {
    assert.equal(addresses().base(request(host)), 'http://registry.example:5000')
    assert.equal(addresses({ tls: true }).base(request(host)), 'https://registry.example:5000')
    assert.equal(addresses().base(request({ host: '[::1]:5000' })), 'http://[::1]:5000')
  })

  it('is made of the local address of the connection if there is no Host', () => {
    assert.equal(addresses().base(request({})), 'http://10.0.0.1:5000')
    assert.equal(addresses().base(request({}, PEER, '::1')), 'http://[::1]:5000')
    assert.equal(addresses().base(request({ host: '' })), 'http://10.0.0.1:5000')
  })

  it('is made of the headers of a trusted proxy', () => {
    const said = {
      ...host,
      'x-forwarded-host': 'public.example',
      'x-forwarded-proto': 'HTTPS, http',
    }
    assert.equal(behind(PEER).base(request(said)), 'https://public.example')
    assert.equal(
      behind(PEER).base(request({ ...host, 'x-forwarded-proto': 'https' })),
      'https://registry.example:5000',
    )
    const plain = addresses({ trustedProxies: [PEER], tls: true })
    assert.equal(
      plain.base(request({ ...host, 'x-forwarded-proto': 'http' })),
      'http://registry.example:5000',
    )
  })

  it('ignores the headers of an untrusted peer', () => {
    const said = { ...host, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' }
    assert.equal(behind('10.0.1.0/24').base(request(said)), 'http://registry.example:5000')
  })

  it('never contains anything but a host, even if a trusted proxy forwards it', () => {
    const evil = [
      'a"b',
      'a b',
      'a/b',
      'u@a',
      'a\\b',
      'a,b"',
      '',
      'é',
      'a:b',
      'a:123456',
      '[x]',
      '"',
    ]
    for (const name of evil) {
      const said = { ...host, 'x-forwarded-host': name }
      const base = behind(PEER).base(request(said))
      assert.match(base, /^http:\/\/(registry\.example:5000|a)$/, name)
    }
    const anything = fc.oneof(fc.string(), fc.webAuthority())
    fc.assert(
      fc.property(anything, anything, fc.string(), (forwarded, own, proto) => {
        const headers = { host: own, 'x-forwarded-host': forwarded, 'x-forwarded-proto': proto }
        assert.match(behind(PEER).base(request(headers)), /^https?:\/\/[\w.:[\]-]+$/)
      }),
    )
  })

  it('causes one warning if an untrusted proxy forwards https', () => {
    const log = new KeptLog()
    const untrusting = addresses({ log })
    const said = request({ ...host, 'x-forwarded-proto': 'https' })
    for (let times = 0; times < 3; times++) untrusting.base(said)
    assert.equal(log.lines.length, 1)
    assert.equal(log.lines[0]?.level, 'warn')
    assert.match(log.lines[0].message, /trustedProxies.*publicUrl/)
    assert.deepEqual(log.lines[0].fields, { peer: PEER })
  })

  it('causes no warning if all proxies are trusted', () => {
    const log = new KeptLog()
    const https = { ...host, 'x-forwarded-proto': 'https' }
    addresses({ log, trustedProxies: [PEER] }).base(request(https))
    addresses({ log, tls: true }).base(request(https))
    addresses({ log, publicUrl: 'https://public.example' }).base(request(https))
    addresses({ log }).base(request({ ...host, 'x-forwarded-proto': 'http' }))
    assert.deepEqual(log.lines, [])
  })
})
