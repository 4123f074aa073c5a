'use strict'

// Calls every function of the package with right and wrong values, at random, and sees that it comes back: with a
// result, or with a TypeError or RangeError (now and then another Error) that has a code. A crash is the one thing that
// ends it.
//
//     node fuzz.js [CALLS [SEED]]        100000 calls and a new seed if none are given; the seed is printed
//
// A run with the same seed makes the same calls; what the network does in between differs.
const path = require('node:path')
const { EventEmitter } = require('node:events')

const Fumarole = require(path.join(__dirname, '../../../bindings/node'))
const native = require(path.join(__dirname, '../../../bindings/node/lib/addon'))

const calls = Number(process.argv[2] ?? 100000)
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)
const steam = Fumarole.getInstance()

// ---- chance (mulberry32) --------------------------------------------------------------------------------------------

let state = seed
function random() {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const below = limit => Math.floor(random() * limit)
const pick = list => list[below(list.length)]

// ---- values ---------------------------------------------------------------------------------------------------------

const numbers = [0, 1, -1, 2, 3, 7, 8, 12, 100, 255, 256, 480, 1000, 2999, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
    2 ** 32, -(2 ** 31), 2 ** 53, 1.5, -0, NaN, Infinity, -Infinity, 1e300]
const texts = ['', 'x', '0', '12', '76561197960287930', '18446744073709551615', '99999999999999999999', 'steamid:76561197960287930',
    'str:alice', 'ip:127.0.0.1:80', 'gen:00ff', '127.0.0.1:0', '[::1]:0', '127.0.0.1:1', ':::', 'iad', 'iad1', 'TimeoutInitial',
    'é€😀', '\0', 'a\0b', '\ud800', 'x'.repeat(3000), '{', '%s%n%s', '__proto__']

class Odd {
    get length() { throw new Error('a getter that throws') }
    toString() { throw new Error('a text that throws') }
    [Symbol.toPrimitive]() { throw new Error('a value that throws') }
}

function bytes() {
    const length = pick([0, 1, 2, 100, 1300, 5000])
    const buffer = new ArrayBuffer(length + 8)
    switch (below(6)) {
    case 0: return Buffer.alloc(length, 1)
    case 1: return new Uint8Array(buffer, 3, length)
    case 2: return new DataView(buffer, 1)
    case 3: return buffer
    case 4: return new SharedArrayBuffer(length)
    default: {
        // Its memory goes away.
        const view = new Uint8Array(buffer)
        structuredClone(buffer, { transfer: [buffer] })
        return view
    }
    }
}

const known = { handles: [], addresses: [] }
function remember(value) {
    if (typeof value === 'number' && value > 0 && value >>> 0 === value && known.handles.length < 300) known.handles.push(value)
    if (typeof value === 'string' && /^127\.0\.0\.1:[1-9]\d*$/.test(value)) known.addresses = [value]
    if (known.handles.length >= 300) known.handles.splice(0, 150)
}

function object(depth) {
    const result = below(8) ? {} : Object.create(null)
    const keys = ['appId', 'identity', 'autoRunCallbacks', 'port', 'host', 'virtualPort', 'signal', 'config', 'highWaterMark',
        'authorize', 'family', 'reliable', 'lane', 'noDelay', 'noNagle', 'priority', 'weight', 'TimeoutInitial', 'SendBufferSize',
        '12', 'locationString', 'popId', 'length', '0', '1']
    for (let count = below(5); count > 0; count--) result[pick(keys)] = value(depth + 1)
    return result
}

function value(depth = 0) {
    switch (below(depth > 2 ? 9 : 16)) {
    case 0: return undefined
    case 1: return null
    case 2: return random() < 0.5
    case 3: case 4: return pick(numbers)
    case 5: return pick(texts)
    case 6: return pick([0n, 1n, -1n, 2n ** 63n, -(2n ** 63n), 2n ** 64n - 1n, 2n ** 64n, 76561197960287930n])
    case 7: return below(2 ** 32)
    case 8: return Symbol('fuzz')
    case 9: return bytes()
    case 10: return object(depth)
    case 11: return Array.from({ length: below(4) }, () => value(depth + 1))
    case 12: return pick([() => {}, function named() {}, async () => true, () => false, () => { throw new Error('a handler that throws') }])
    case 13: return pick([new Odd(), new Date(), /x/, new Map(), new Proxy({}, { get() { throw new Error('a proxy that throws') } }),
        new Error('an error that throws'), new EventEmitter(), Promise.resolve(1), new Number(5), new String('x')])
    case 14: return AbortSignal.abort()
    default: return steam
    }
}

// What a function wants, more often than not.
function handle() { return known.handles.length && below(5) ? pick(known.handles) : value() }
function address() { return known.addresses.length && below(3) ? pick(known.addresses) : value() }
const guess = {
    connection: handle, listenSocket: handle, pollGroup: handle, address,
    steamIdRemote: () => (below(3) ? steam.core.getSteamId() : value()),
    virtualPort: () => (below(3) ? below(4) : value()),
    data: () => (below(3) ? bytes() : value()),
    flags: () => (below(3) ? below(32) : value()),
    lane: () => (below(3) ? below(3) : value()),
    maxMessages: () => (below(3) ? below(300) : value()),
    configKey: () => (below(3) ? below(50) : value()),
    reason: () => (below(3) ? 1000 + below(2000) : value()),
    handler: () => (below(3) ? () => {} : value())
}

// The parameters' names, as the functions declare them.
function parameterNames(method) {
    const list = /^[^(]*\(([^)]*)\)/.exec(Function.prototype.toString.call(method))
    return list ? list[1].split(',').map(name => name.trim().replace(/\s*=.*/, '')).filter(Boolean) : []
}

// ---- what is called -------------------------------------------------------------------------------------------------

function methodsOf(target, except = []) {
    const found = []
    for (let level = target; level && level !== Object.prototype && level !== EventEmitter.prototype; level = Object.getPrototypeOf(level)) {
        for (const name of Reflect.ownKeys(level)) {
            const descriptor = Object.getOwnPropertyDescriptor(level, name)
            // What an emitter has from Node complains as Node does.
            const isOwn = name !== 'constructor' && !Object.hasOwn(EventEmitter.prototype, name)
            if (isOwn && !except.includes(name)) found.push([name, descriptor])
        }
    }
    return found
}

const tally = { calls: 0, errors: 0, names: new Set(), codes: new Map() }

function judge(name, error) {
    tally.errors++
    const label = `${String(error?.name)} ${String(error?.code)}`
    tally.codes.set(label, (tally.codes.get(label) ?? 0) + 1)
    if (!(error instanceof Error)) throw new Error(`${String(name)} has thrown ${String(error)}`)
    if (/ that throws$/.test(error.message)) return // the fuzzer's own
    if (error instanceof AggregateError) return error.errors.forEach(one => judge(name, one))
    if (typeof error.code !== 'string') throw new Error(`${String(name)} has thrown an error without a code`, { cause: error })
    const wrongArgument = error.code.startsWith('ERR_INVALID_ARG') || error.code === 'ERR_OUT_OF_RANGE'
    if (wrongArgument && !(error instanceof TypeError || error instanceof RangeError)) {
        throw new Error(`${String(name)} has thrown the wrong kind of error`, { cause: error })
    }
}

function call(target, name, method, parameters) {
    tally.calls++
    tally.names.add(`${target.constructor?.name ?? ''}.${String(name)}`)
    let result
    try {
        result = Reflect.apply(method, target, parameters)
    } catch (error) {
        judge(name, error)
        return undefined
    }
    if (result instanceof Promise) result.catch(error => judge(name, error))
    else remember(result)
    return result
}

// The classes' own surface; now and then with a foreign `this`.
function callSurface() {
    const target = pick([steam, steam.networkingSockets, steam.networkingSockets, steam.networkingSockets, steam.networkingUtils, steam.core])
    const methods = methodsOf(target).filter(([, descriptor]) => typeof descriptor.value === 'function')
    const [name, { value: method }] = pick(methods)
    if (name === 'shutdown' && below(40)) return
    const parameters = parameterNames(method).map(parameter => (guess[parameter] ?? value)())
    if (!below(10)) parameters.length = below(parameters.length + 1)
    if (!below(10)) parameters.push(value())
    call(target, name, method, parameters)
}

const emitters = []

// connect, createServer and what they return.
function callEvents() {
    if (!emitters.length || !below(20)) {
        const make = pick([Fumarole.connect, Fumarole.createServer])
        const made = call(Fumarole, make.name, make, below(3) ? [value(), value(), value()].slice(0, below(4)) : goodOptions(make))
        if (made instanceof EventEmitter) {
            made.on('error', error => judge('error event', error))
            emitters.push(made.unref())
            if (emitters.length > 40) emitters.shift().close()
        }
        return
    }
    const target = pick(emitters)
    const [name, descriptor] = pick(methodsOf(target, ['_events', '_eventsCount', '_maxListeners', 'domain'])
        .filter(([key]) => typeof key === 'symbol' || !key.startsWith('_')))
    if (descriptor.get) {
        const got = call(target, name, descriptor.get, [])
        if (name === 'handle') remember(got)
    } else if (typeof descriptor.value === 'function' && name !== 'ref') {
        call(target, name, descriptor.value, Array.from({ length: below(4) }, () => value()))
    }
}

function goodOptions(make) {
    if (make === Fumarole.createServer) return []
    const [host, port] = (known.addresses[0] ?? '127.0.0.1:9').split(':')
    return below(2) ? [Number(port), host] : [{ identity: steam.core.getSteamId(), virtualPort: below(4) }]
}

// The natives below, which only lib/ calls: they may refuse in any way, but not crash.
function callNative() {
    const name = pick(Object.keys(native).filter(key => typeof native[key] === 'function'))
    if (['shutdown', 'init', 'watchStart', 'watchStop', 'runCallbacks', 'watchKeepAlive', 'setDebugOutputLevel', 'closeListenSocket', 'destroyPollGroup'].includes(name)) return
    tally.calls++
    tally.names.add(`native.${name}`)
    try {
        remember(native[name](...Array.from({ length: below(6) }, () => (below(3) ? value() : handle()))))
    } catch (error) {
        if (!(error instanceof Error)) throw error
    }
}

// So that there is something to call functions with.
function prepare() {
    if (!steam.getStatus().initialized && below(4)) steam.init()
    steam.networkingUtils.setDebugOutputLevel(0) // it has much to say about all this
    const sockets = steam.networkingSockets
    if (!sockets.getActiveListenSockets().length) {
        const listenSocket = sockets.createListenSocketIP('127.0.0.1:0')
        remember(listenSocket)
        remember(sockets.getListenSocketAddress(listenSocket))
    }
    if (sockets.getActiveConnections().length < 6 && known.addresses.length) {
        remember(sockets.connectByIPAddress(known.addresses[0], { TimeoutInitial: 500 }))
    }
    if (sockets.getActiveConnections().length > 200) sockets.closeAll()
    for (const { connection } of sockets.getPendingConnectionRequests()) {
        remember(connection)
        if (below(5)) sockets.acceptConnection(connection)
    }
    try {
        steam.runCallbacks()
    } catch (error) {
        judge('runCallbacks', error)
    }
}

process.on('uncaughtException', error => {
    try {
        judge('an event', error)
    } catch (failure) {
        console.error(failure)
        process.exit(1)
    }
})

async function main() {
    console.log(`seed ${seed}`)
    for (let i = 0; tally.calls < calls; i++) {
        if (i % 100 === 0) prepare()
        const chance = below(10)
        if (chance < 6) callSurface()
        else if (chance < 9) callEvents()
        else callNative()
        if (i % 50 === 0) await new Promise(setImmediate)
    }
    for (const emitter of emitters) emitter.close().catch(() => {})
    steam.shutdown()
    console.log(`${tally.calls} calls of ${tally.names.size} functions, ${tally.errors} errors`)
    for (const [label, count] of [...tally.codes].sort((a, b) => b[1] - a[1])) console.log(`${count}\t${label}`)
    process.exit(0)
}

main().catch(error => {
    console.error(`seed ${seed}:`, error)
    process.exit(1)
})
