'use strict'

// What programs pass to the functions of lib/events.js, checked, with errors in Node's own manner: a TypeError or a
// RangeError with a code, and a text that names the function, the argument, what it takes and what it got.

const { inspect, types: { isArrayBuffer } } = require('node:util')

const FLAG = { noNagle: 1, noDelay: 4, reliable: 8 }
const RELIABLE = { bytes: 0, flags: FLAG.reliable, lane: 0 }
const LARGEST_PORT = 65535
const LARGEST_LANE = 254

function given(value) {
    let text = 'an object'
    try {
        text = inspect(value, { depth: 0, maxStringLength: 40, breakLength: Infinity })
    } catch {
        // It has a way of its own to be shown, or no memory any more.
    }
    return value === null || typeof value === 'object' || value === undefined ? text : `${typeof value} (${text})`
}

function wrongType(name, what, expected, value) {
    const error = new TypeError(`${name}: ${what} must be ${expected}, not ${given(value)}`)
    error.code = 'ERR_INVALID_ARG_TYPE'
    return error
}

function wrongValue(name, what, expected, value) {
    const error = new RangeError(`${name}: ${what} must be ${expected}, not ${given(value)}`)
    error.code = 'ERR_OUT_OF_RANGE'
    return error
}

function number(name, what, value, least, most) {
    if (typeof value !== 'number') throw wrongType(name, what, `a whole number from ${least} to ${most}`, value)
    if (!Number.isInteger(value) || value < least || value > most) {
        throw wrongValue(name, what, `a whole number from ${least} to ${most}`, value)
    }
    return value
}

function text(name, what, value) {
    if (typeof value !== 'string') throw wrongType(name, what, 'a string', value)
    return value
}

function hostName(name, what, value) {
    if (text(name, what, value) === '') throw wrongValue(name, what, 'an address or a name', value)
    return value
}

function flag(name, what, value, otherwise) {
    if (value === undefined) return otherwise
    if (typeof value !== 'boolean') throw wrongType(name, what, 'a boolean', value)
    return value
}

function object(name, what, value) {
    if (value === null || typeof value !== 'object') throw wrongType(name, what, 'an object', value)
    return value
}

function callback(name, value) {
    if (typeof value !== 'function') throw wrongType(name, 'the callback', 'a function', value)
    return value
}

function error(name, value) {
    if (value !== undefined && !(value instanceof Error)) throw wrongType(name, 'the error (argument 1)', 'an Error', value)
}

function signal(name, value) {
    if (value === undefined) return undefined
    if (value === null || typeof value !== 'object' || typeof value.aborted !== 'boolean' ||
        typeof value.addEventListener !== 'function') {
        throw wrongType(name, 'options.signal', 'an AbortSignal', value)
    }
    return value
}

function receiving(name, options) {
    return options === undefined ? undefined : signal(name, object(name, 'the options (argument 1)', options).signal)
}

// ---- sending --------------------------------------------------------------------------------------------------------

function size(name, data) {
    if (typeof data === 'string') return data.length
    try {
        if (ArrayBuffer.isView(data) || isArrayBuffer(data)) return data.byteLength
    } catch {
        // A DataView whose memory is gone has no length.
    }
    throw wrongType(name, 'the data (argument 1)', 'a string, Buffer, typed array, DataView or ArrayBuffer', data)
}

function message(name, data, options) {
    const bytes = size(name, data)
    if (options === undefined) return { ...RELIABLE, bytes }
    object(name, 'the options (argument 2)', options)
    const reliable = flag(name, 'options.reliable', options.reliable, true)
    const noDelay = flag(name, 'options.noDelay', options.noDelay, false)
    const noNagle = flag(name, 'options.noNagle', options.noNagle, false)
    const lane = options.lane === undefined ? 0 : number(name, 'options.lane', options.lane, 0, LARGEST_LANE)
    if (reliable && noDelay) {
        throw wrongValue(name, 'options.noDelay', 'false where options.reliable is not false', noDelay)
    }
    const flags = (reliable ? FLAG.reliable : 0) | (noNagle ? FLAG.noNagle : 0) | (noDelay ? FLAG.noDelay : 0)
    return { bytes, flags, lane }
}

// The library says that the message is impossible.
function refused(data, bytes, lane) {
    const what = lane ? 'the data (argument 1) or options.lane' : 'the data (argument 1)'
    return wrongValue('send', what, lane ? 'at most 524288 bytes, the lane one of the connection\'s' : 'at most 524288 bytes', bytes)
}

function copy(data) {
    const bytes = isArrayBuffer(data) ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    return Buffer.from(bytes)
}

function closing(name, code, reason) {
    number(name, 'the code (argument 1)', code, 1000, 2999)
    text(name, 'the reason (argument 2)', reason)
}

// ---- whereto --------------------------------------------------------------------------------------------------------

function hostAndPort(name, what, value) {
    const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value)
    if (!match || Number(match[3]) > LARGEST_PORT) {
        throw wrongValue(name, what, "'host:port' or '[address]:port'", value)
    }
    return { host: match[1] ?? match[2], port: Number(match[3]) }
}

function commonOptions(name, options) {
    signal(name, options.signal)
    if (options.highWaterMark !== undefined) {
        number(name, 'options.highWaterMark', options.highWaterMark, 1, 2 ** 31 - 1)
    }
    if (options.config !== undefined) object(name, 'options.config', options.config)
    if (options.family !== undefined && ![0, 4, 6].includes(options.family)) {
        throw wrongValue(name, 'options.family', '0, 4 or 6', options.family)
    }
    return options
}

function addressTarget(host, port) {
    const text = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    return { host, port, text, why: 'no socket can be had for it, or an option is bad' }
}

// connect(target, options, listener), connect(options, listener), connect(port, host, listener)
function connectTarget(parameters) {
    const name = 'connect'
    const rest = [...parameters]
    const listener = typeof rest[rest.length - 1] === 'function' ? rest.pop() : undefined
    const [first, second] = rest
    if (typeof first === 'number') {
        number(name, 'the port (argument 1)', first, 1, LARGEST_PORT)
        const host = typeof second === 'string' ? hostName(name, 'the host (argument 2)', second) : 'localhost'
        const options = typeof second === 'string' ? rest[2] : second
        if (options !== undefined) object(name, 'the options', options)
        return { target: addressTarget(host, first), options: commonOptions(name, options ?? {}), listener }
    }
    if (typeof first === 'string') {
        const { host, port } = hostAndPort(name, 'the address (argument 1)', first)
        number(name, 'the port of the address (argument 1)', port, 1, LARGEST_PORT)
        const options = second === undefined ? {} : object(name, 'the options (argument 2)', second)
        return { target: addressTarget(host, port), options: commonOptions(name, options), listener }
    }
    if (first === null || typeof first !== 'object') {
        throw wrongType(name, 'argument 1', "a port, 'host:port' or an object of options", first)
    }
    commonOptions(name, first)
    if (first.identity !== undefined) {
        if (typeof first.identity !== 'string' && typeof first.identity !== 'bigint') {
            throw wrongType(name, 'options.identity', 'a string or bigint', first.identity)
        }
        const virtualPort = number(name, 'options.virtualPort', first.virtualPort ?? 0, 0, LARGEST_PORT)
        const text = `${first.identity}, virtual port ${virtualPort}`
        const target = { identity: first.identity, virtualPort, text, why: 'there is no way to it from here' }
        return { target, options: first, listener }
    }
    const port = number(name, 'options.port', first.port, 1, LARGEST_PORT)
    return { target: addressTarget(hostName(name, 'options.host', first.host ?? 'localhost'), port), options: first, listener }
}

// listen(port, host, listener), listen(options, listener), listen('host:port', listener), listen(listener)
function listenTarget(parameters) {
    const name = 'listen'
    const rest = [...parameters]
    const listener = typeof rest[rest.length - 1] === 'function' ? rest.pop() : undefined
    let options = rest[0] ?? {}
    if (typeof options === 'number') options = { port: options, host: rest[1] }
    else if (typeof options === 'string') options = hostAndPort(name, 'the address (argument 1)', options)
    else if (typeof options !== 'object') {
        throw wrongType(name, 'argument 1', "a port, 'host:port' or an object of options", options)
    }
    signal(name, options.signal)
    if (options.virtualPort !== undefined) {
        const virtualPort = number(name, 'options.virtualPort', options.virtualPort, 0, LARGEST_PORT)
        return { target: { virtualPort, text: `virtual port ${virtualPort}`, why: 'it is in use' }, signal: options.signal, listener }
    }
    const port = number(name, 'the port', options.port ?? 0, 0, LARGEST_PORT)
    const host = hostName(name, 'the host', options.host ?? '::')
    const why = 'the port is in use, or the address is not one of this machine'
    return { target: { ...addressTarget(host, port), why }, signal: options.signal, listener }
}

function listeningAlready() {
    const error = new Error('listen: this server has been started already')
    error.code = 'ERR_SERVER_ALREADY_LISTEN'
    return error
}

function serverOptions(parameters) {
    const name = 'createServer'
    const rest = [...parameters]
    const listener = typeof rest[rest.length - 1] === 'function' ? rest.pop() : undefined
    const options = rest[0] === undefined ? {} : object(name, 'the options (argument 1)', rest[0])
    commonOptions(name, options)
    if (options.authorize !== undefined && typeof options.authorize !== 'function') {
        throw wrongType(name, 'options.authorize', 'a function', options.authorize)
    }
    return { options: { ...options, signal: undefined }, listener }
}

module.exports = {
    callback, closing, connectTarget, copy, error, listenTarget, listeningAlready, message, receiving, refused, serverOptions
}
