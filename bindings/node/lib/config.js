'use strict'

// Configuration values. How a value is handed over depends on the type that the library has registered for it, not on
// how the value looks: 1 and 1.0 are the same number here.
const check = require('./check')
const native = require('./addon')
const { ESteamNetworkingConfigValue: names } = require('../generated/enums')

const INT32 = 1
const INT64 = 2
const FLOAT = 3
const STRING = 4

const types = new Map()

/** The registered type of a value, 0 if there is no such value. */
function configType(number) {
    let type = types.get(number)
    if (type === undefined) {
        type = native.configType(number)
        types.set(number, type)
        if (types.size > 1000) types.clear()
    }
    return type
}

/** How to hand over a value: [type, value]. Texts and numbers are converted into each other by the library. */
function coded(where, type, value) {
    if (typeof value === 'string') return [STRING, value]
    if (typeof value === 'bigint') return [INT64, check.wide(where, value)]
    if (typeof value !== 'number') throw check.wrongType(where, 'a number or a string', value)
    if (!Number.isFinite(value)) throw check.outOfRange(where, 'a finite number', value)
    if (type === FLOAT || !Number.isInteger(value)) return [FLOAT, value]
    if (type === INT64) return [INT64, check.wide(where, value)]
    if (value < -0x80000000 || value > 0x7fffffff) {
        throw check.outOfRange(where, 'a number of 32 bits', value)
    }
    return [INT32, value]
}

function optionNumber(where, name) {
    const number = /^[0-9]{1,9}$/.test(name) ? Number(name) : names[name]
    if (typeof number !== 'number' || configType(number) === 0) {
        throw check.wrongValue(where, 'an object whose keys are names or numbers of configuration values', name)
    }
    return number
}

/**
 * Options of a create or connect call, an object from names (or numbers) of configuration values to values, as the
 * triples that the addon takes.
 */
function options(name, position, value) {
    if (value === undefined || value === null) return undefined
    const where = [name, position, 'options']
    check.object(where, value)
    const triples = []
    for (const key of Object.keys(value)) {
        if (value[key] === undefined) continue
        const number = optionNumber(where, key)
        triples.push(number, ...coded([name, position, `options.${key}`], configType(number), value[key]))
    }
    return triples
}

function keyOf(name, position, configKey) {
    return check.integer([name, position, 'configKey'], configKey, -0x80000000, 0x7fffffff)
}

/**
 * Sets a value of a connection, or of the whole process if that is null; false where the library refuses. `position` is
 * the number of the argument `configKey`.
 */
function set(name, position, connection, configKey, value) {
    const type = configType(keyOf(name, position, configKey))
    return native.setConfigValue(connection === null, connection ?? 0, configKey,
        ...coded([name, position + 1, 'value'], type, value))
}

/** Reads one; null for a text, and where there is no such value. */
function get(name, position, connection, configKey) {
    return native.getConfigValue(connection === null, connection ?? 0, keyOf(name, position, configKey))
}

module.exports = { get, options, set }
