'use strict'

// Identities as programs give them: a Steam ID as decimal string or bigint, or the text form of any kind.
const crypto = require('node:crypto')

const check = require('./check')
const native = require('./addon')

const most = 0xffffffffffffffffn

/** The text form that the library reads. */
function identityForm(where, value) {
    const expected = 'a Steam ID (decimal string or bigint) or an identity as text'
    let form = null
    if (typeof value === 'bigint') {
        if (value <= 0n || value > most) throw check.outOfRange(where, 'a Steam ID of 64 bits', value)
        form = `steamid:${value}`
    } else if (typeof value === 'string') {
        form = /^[0-9]{1,20}$/.test(value) ? `steamid:${BigInt(value)}` : value
    } else if (typeof value === 'number') {
        throw check.wrongType(where, `${expected}; a number cannot hold 64 bits`, value)
    } else {
        throw check.wrongType(where, expected, value)
    }
    const known = form.includes('\0') ? null : native.identityForm(form)
    if (known === null || known === 'invalid') throw check.wrongValue(where, expected, value)
    return known
}

let own = null

/**
 * Who this process is if it does not say: the identity in FUMAROLE_IDENTITY, or else a Steam ID of an individual account
 * that is chosen at random once.
 */
function defaultIdentity() {
    const named = process.env.FUMAROLE_IDENTITY
    if (named) return identityForm(['init', 1, 'options.identity, from FUMAROLE_IDENTITY'], named)
    if (own === null) {
        const account = 1n + BigInt(crypto.randomInt(0xfffffffe))
        own = `steamid:${(1n << 56n) | (1n << 52n) | (1n << 32n) | account}`
    }
    return own
}

module.exports = { defaultIdentity, identityForm }
