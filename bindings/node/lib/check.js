'use strict'

// What a program may pass, and what it is told when it passes something else: the function, the argument by number and
// name, what was expected and what was given. The codes are those of Node's own functions.
const { isArrayBuffer } = require('node:util/types')

function describe(value) {
    switch (typeof value) {
    case 'string':
        return `'${value.length > 40 ? value.slice(0, 40) + '...' : value}' (string)`
    case 'number':
    case 'boolean':
    case 'symbol':
        return `${String(value)} (${typeof value})`
    case 'bigint':
        return `${value}n (bigint)`
    case 'function':
        return `a function${value.name ? ' ' + value.name : ''}`
    case 'object':
        if (value === null) return 'null'
        try {
            if (Array.isArray(value)) return `an array of ${value.length}`
            const name = value.constructor && value.constructor.name
            return typeof name === 'string' && name !== 'Object' && name ? `an instance of ${name}` : 'an object'
        } catch {
            return 'an object'
        }
    default:
        return 'undefined'
    }
}

function complaint(where, expected, value) {
    const [name, position, argument] = where
    return `${name}: argument ${position} (${argument}) must be ${expected}; got ${describe(value)}`
}

function failure(Kind, code, message) {
    const error = new Kind(message)
    error.code = code
    return error
}

/** `where` is [function, number of the argument, name of the argument] throughout. */
function wrongType(where, expected, value) {
    return failure(TypeError, 'ERR_INVALID_ARG_TYPE', complaint(where, expected, value))
}

function outOfRange(where, expected, value) {
    return failure(RangeError, 'ERR_OUT_OF_RANGE', complaint(where, expected, value))
}

function wrongValue(where, expected, value) {
    return failure(TypeError, 'ERR_INVALID_ARG_VALUE', complaint(where, expected, value))
}

/** A handle; any 32-bit number, whether it is one is for the library to say. */
function handle(where, value) {
    if (typeof value === 'number' && value >>> 0 === value) return value
    if (typeof value !== 'number') throw wrongType(where, 'a handle (number)', value)
    throw outOfRange(where, 'a handle (integer from 0 to 4294967295)', value)
}

function integer(where, value, least, most) {
    if (typeof value !== 'number') throw wrongType(where, 'a number', value)
    if (!Number.isInteger(value) || value < least || value > most) {
        throw outOfRange(where, `an integer from ${least} to ${most}`, value)
    }
    return value
}

function finite(where, value) {
    if (typeof value !== 'number') throw wrongType(where, 'a number', value)
    if (!Number.isFinite(value)) throw outOfRange(where, 'a finite number', value)
    return value
}

function text(where, value) {
    if (typeof value !== 'string') throw wrongType(where, 'a string', value)
    return value
}

function truth(where, value) {
    if (typeof value !== 'boolean') throw wrongType(where, 'a boolean', value)
    return value
}

function callable(where, value) {
    if (typeof value !== 'function') throw wrongType(where, 'a function', value)
    return value
}

/** An object with properties: no list, and no proxy that was revoked. */
function object(where, value) {
    try {
        if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
    } catch {
        // Told below.
    }
    throw wrongType(where, 'an object', value)
}

/** A 64-bit number as a bigint; whole numbers that a double holds exactly are accepted too. */
function wide(where, value) {
    if (typeof value === 'number') {
        if (!Number.isSafeInteger(value)) throw outOfRange(where, 'a bigint, or an integer that is exact', value)
        return BigInt(value)
    }
    if (typeof value !== 'bigint') throw wrongType(where, 'a bigint', value)
    if (BigInt.asIntN(64, value) !== value) throw outOfRange(where, 'a bigint of 64 bits', value)
    return value
}

/** What a message can be made of. */
function payload(where, value) {
    // By what they are: one of another realm (vm, jsdom) is no instance of this one's class, and a proxy is.
    if (typeof value === 'string' || ArrayBuffer.isView(value) || isArrayBuffer(value)) return value
    throw wrongType(where, 'a string, Buffer, TypedArray, DataView or ArrayBuffer', value)
}

module.exports = {
    callable, describe, finite, handle, integer, object, outOfRange, payload, text, truth, wide, wrongType, wrongValue
}
