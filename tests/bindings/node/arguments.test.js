'use strict'

// Wrong arguments: the error is of the right kind, has a code like those of Node's own functions, and names function,
// argument, what was expected and what was given.
const assert = require('node:assert/strict')
const { test, before, after } = require('node:test')
const vm = require('node:vm')

const { Fumarole, steam, sockets, native, until, messages, pair } = require('./harness')
const utils = steam.networkingUtils

before(() => steam.init({ appId: 480 }))
after(() => steam.shutdown())

function says(code, ...parts) {
    return error => {
        assert.equal(error.code, code)
        assert.equal(error instanceof (code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError), true)
        for (const part of parts) assert.ok(error.message.includes(part), `"${part}" is not in "${error.message}"`)
        return true
    }
}

const TYPE = 'ERR_INVALID_ARG_TYPE'
const RANGE = 'ERR_OUT_OF_RANGE'
const VALUE = 'ERR_INVALID_ARG_VALUE'

test('the error names function, argument, expectation and value', () => {
    assert.throws(() => sockets.closeConnection('7'), {
        name: 'TypeError',
        code: TYPE,
        message: "closeConnection: argument 1 (connection) must be a handle (number); got '7' (string)"
    })
    assert.throws(() => sockets.receiveMessages(1, -1), {
        name: 'RangeError',
        code: RANGE,
        message: 'receiveMessages: argument 2 (maxMessages) must be an integer from 0 to 2147483647; got -1 (number)'
    })
})

const oneHandle = ['closeListenSocket', 'acceptConnection', 'acceptConnectionResult', 'closeConnection',
    'getConnectionUserData', 'receiveMessages', 'flushMessagesOnConnection', 'flushMessages', 'getConnectionInfo',
    'getDetailedConnectionStatus', 'getQuickConnectionStatus', 'getConnectionRealTimeStatus', 'destroyPollGroup',
    'receiveMessagesOnPollGroup', 'isConnectionActive', 'getConnectionName', 'getListenSocketAddress']

test('handles are numbers of 32 bits', () => {
    for (const name of oneHandle) {
        for (const value of [undefined, null, '1', 1n, {}, [], true, Symbol('x'), () => 0]) {
            assert.throws(() => sockets[name](value), says(TYPE, `${name}: argument 1 (`), `${name} ${String(value)}`)
        }
        for (const value of [-1, 1.5, NaN, Infinity, 0x100000000]) {
            assert.throws(() => sockets[name](value), says(RANGE, `${name}: argument 1 (`))
        }
    }
})

test('what is given is described, and cut if it is long', () => {
    class Thing {}
    const given = [[undefined, 'got undefined'], [null, 'got null'], [new Thing(), 'got an instance of Thing'],
        [{}, 'got an object'], [[1, 2], 'got an array of 2'], [5n, 'got 5n (bigint)'], [function f() {}, 'got a function f'],
        ['x'.repeat(100), `got '${'x'.repeat(40)}...' (string)`], [Object.create(null), 'got an object']]
    for (const [value, text] of given) assert.throws(() => sockets.getConnectionInfo(value), says(TYPE, text))
})

test('numbers', () => {
    for (const port of [-1, 65536, 0.5]) {
        assert.throws(() => sockets.createListenSocketP2P(port), says(RANGE, 'createListenSocketP2P: argument 1 (virtualPort)'))
        assert.throws(() => sockets.connectP2P('76561198012345678', port), says(RANGE, 'connectP2P: argument 2 (virtualPort)'))
    }
    assert.throws(() => sockets.createListenSocketP2P('0'), says(TYPE, 'argument 1 (virtualPort)'))
    assert.throws(() => sockets.closeConnection(1, '0'), says(TYPE, 'argument 2 (reason)'))
    assert.throws(() => sockets.closeConnection(1, 1e10), says(RANGE, 'argument 2 (reason)'))
    assert.throws(() => sockets.closeConnection(1, 0, 5), says(TYPE, 'argument 3 (debug)', 'a string'))
    assert.throws(() => sockets.closeConnection(1, 0, '', 1), says(TYPE, 'argument 4 (enableLinger)', 'a boolean'))
    assert.throws(() => sockets.sendMessage(1, 'x', '8'), says(TYPE, 'sendMessage: argument 3 (flags)'))
    assert.throws(() => sockets.sendMessage(1, 'x', -8), says(RANGE, 'sendMessage: argument 3 (flags)'))
    assert.throws(() => sockets.sendMessage(1, 'x', 8, 70000), says(RANGE, 'sendMessage: argument 4 (lane)'))
    assert.throws(() => sockets.setConnectionPollGroup(1, null), says(TYPE, 'argument 2 (pollGroup)'))
    assert.throws(() => sockets.setConnectionUserData(1, 'x'), says(TYPE, 'argument 2 (userData)', 'bigint'))
    assert.throws(() => sockets.setConnectionUserData(1, 2 ** 60), says(RANGE, 'argument 2 (userData)'))
    assert.throws(() => sockets.setConnectionUserData(1, 2n ** 63n), says(RANGE, 'argument 2 (userData)'))
    assert.throws(() => utils.checkPingDataUpToDate('60'), says(TYPE, 'checkPingDataUpToDate: argument 1 (maxAgeSeconds)'))
    assert.throws(() => utils.setDebugOutputLevel(9), says(RANGE, 'setDebugOutputLevel: argument 1 (level)'))
})

test('messages', () => {
    for (const value of [undefined, null, 5, 5n, {}, ['a'], true, new Date(), new Map()]) {
        for (const name of ['sendMessage', 'sendMessageEx', 'sendReliable', 'sendUnreliable']) {
            assert.throws(() => sockets[name](1, value, 8), says(TYPE, `${name}: argument 2 (data) must be a string, Buffer`))
        }
    }
    assert.equal(sockets.sendMessage(1, new ArrayBuffer(4), 8), 8)
    assert.equal(sockets.sendMessage(1, vm.runInNewContext('new ArrayBuffer(4)'), 8), 8)
    assert.equal(sockets.sendMessage(1, vm.runInNewContext('new Uint8Array(4)'), 8), 8)
    const detached = new Uint8Array(8)
    structuredClone(detached, { transfer: [detached.buffer] })
    assert.equal(sockets.sendMessage(1, detached, 8), 8)
})

test('a message that is too large is refused with a result', async () => {
    const { client, server, close } = await pair()
    assert.equal(sockets.sendMessage(client, Buffer.alloc(512 * 1024 + 1), 8), 8)
    assert.equal(sockets.sendMessage(client, 'x'.repeat(512 * 1024 + 1), 8), 8)
    assert.equal(sockets.sendMessage(client, Buffer.alloc(512 * 1024, 'y'), 8), 1)
    const [message] = await messages(server, 1)
    assert.equal(message.size, 512 * 1024)
    close()
})

test('addresses', () => {
    for (const value of ['', 'localhost:1', '127.0.0.1:99999', '1.2.3', 'x'.repeat(1000), '127.0.0.1:1\0', '::1%lo']) {
        assert.throws(() => sockets.createListenSocketIP(value), says(VALUE, 'createListenSocketIP: argument 1 (address)'))
        assert.throws(() => sockets.connectByIPAddress(value), says(VALUE, 'connectByIPAddress: argument 1 (address)'))
    }
    assert.throws(() => sockets.connectByIPAddress('127.0.0.1'), says(VALUE, 'an address with a port'))
    assert.throws(() => sockets.connectByIPAddress(27015), says(TYPE, 'an address with a port'))
    const listen = sockets.createListenSocketIP('127.0.0.1:0')
    const address = sockets.getListenSocketAddress(listen)
    assert.match(address, /^127\.0\.0\.1:[1-9][0-9]*$/)
    assert.equal(sockets.createListenSocketIP(address), 0) // taken
    assert.equal(sockets.getListenSocketAddress(0), null)
    sockets.closeListenSocket(listen)
})

test('options', () => {
    const listen = options => sockets.createListenSocketIP('127.0.0.1:0', options)
    assert.throws(() => listen(5), says(TYPE, 'createListenSocketIP: argument 2 (options) must be an object; got 5'))
    assert.throws(() => listen([]), says(TYPE, 'argument 2 (options)'))
    assert.throws(() => listen({ NagelTime: 0 }), says(VALUE, 'argument 2 (options)', "'NagelTime'"))
    assert.throws(() => listen({ 9999: 0 }), says(VALUE, 'argument 2 (options)', "'9999'"))
    assert.throws(() => listen({ NagleTime: true }), says(TYPE, 'argument 2 (options.NagleTime)'))
    assert.throws(() => listen({ NagleTime: NaN }), says(RANGE, 'argument 2 (options.NagleTime)'))
    assert.throws(() => listen({ NagleTime: 1e12 }), says(RANGE, 'argument 2 (options.NagleTime)'))
    assert.throws(() => sockets.createListenSocketP2P(0, 'x'), says(TYPE, 'createListenSocketP2P: argument 2 (options)'))
    assert.throws(() => sockets.connectP2P('76561198012345678', 0, 'x'), says(TYPE, 'connectP2P: argument 3 (options)'))
    assert.throws(() => sockets.connectByIPAddress('127.0.0.1:1', 'x'), says(TYPE, 'connectByIPAddress: argument 2 (options)'))
    // The library's own judgement: this value exists for the whole process only.
    assert.equal(listen({ FakePacketLoss_Send: 1 }), 0)
    for (const options of [undefined, null, {}, { NagleTime: undefined }]) {
        assert.equal(sockets.closeListenSocket(listen(options)), true)
    }
})

test('options take effect, by name and by number, whatever the type', async () => {
    const options = { NagleTime: 0, 24: 20000, ConnectionUserData: 123456789012n, SendBufferSize: '65536' }
    const { client, server, close } = await pair('ip', options)
    for (const end of [client, server]) {
        assert.equal(sockets.getConnectionConfigValue(end, 12), 0)
        assert.equal(sockets.getConnectionConfigValue(end, 24), 20000)
        assert.equal(sockets.getConnectionConfigValue(end, 9), 65536)
        assert.equal(sockets.getConnectionUserData(end), 123456789012n)
    }
    close()
})

test('configuration values', () => {
    assert.throws(() => sockets.setConnectionConfigValue(1, 'NagleTime', 0), says(TYPE, 'argument 2 (configKey)'))
    assert.throws(() => sockets.setConnectionConfigValue(1, 12, null), says(TYPE, 'argument 3 (value) must be a number or a string'))
    assert.throws(() => sockets.setConnectionConfigValue(1, 12, NaN), says(RANGE, 'argument 3 (value)'))
    assert.throws(() => sockets.getConnectionConfigValue(1, 1e10), says(RANGE, 'argument 2 (configKey)'))
    assert.throws(() => sockets.getConnectionConfigValue(1, 12, 'x'), says(TYPE, 'argument 3 (isFloat)'))
    assert.throws(() => utils.setGlobalConfigValue('x', 1), says(TYPE, 'setGlobalConfigValue: argument 1 (configKey)'))
    assert.throws(() => utils.setGlobalConfigValue(2), says(TYPE, 'setGlobalConfigValue: argument 2 (value)'))
})

test('init', () => {
    for (const value of [null, 5, 'x']) assert.throws(() => steam.init(value), says(TYPE, 'init: argument 1 (options)'))
    assert.throws(() => steam.init({ appId: '480' }), says(TYPE, 'init: argument 1 (options.appId)'))
    assert.throws(() => steam.init({ appId: -1 }), says(RANGE, 'init: argument 1 (options.appId)'))
    assert.throws(() => steam.init({ identity: 'nobody' }), says(VALUE, 'init: argument 1 (options.identity)'))
    assert.throws(() => steam.init({ identity: 0n }), says(RANGE, 'init: argument 1 (options.identity)'))
    assert.throws(() => steam.init({ identity: 'str:another' }), { code: 'ERR_FUMAROLE_IDENTITY' })
    assert.throws(() => new Fumarole(), TypeError)
})

test('handlers are functions', () => {
    for (const name of ['onConnectionStateChange', 'onConnectionRequest', 'onAuthenticationStatus']) {
        assert.throws(() => sockets[name]('x'), says(TYPE, `${name}: argument 1 (handler) must be a function`))
    }
    assert.throws(() => utils.onRelayNetworkStatus(), says(TYPE, 'onRelayNetworkStatus: argument 1 (handler)'))
})

test('lanes', () => {
    assert.throws(() => sockets.configureConnectionLanes(1, 5), says(TYPE, 'argument 2 (lanes)'))
    assert.throws(() => sockets.configureConnectionLanes(1, [{ weight: -1 }]), says(RANGE, 'argument 2 (lanes[0].weight)'))
    assert.throws(() => sockets.configureConnectionLanes(1, [{}, { priority: 'x' }]), says(TYPE, 'argument 2 (lanes[1].priority)'))
    assert.throws(() => sockets.configureConnectionLanes(1, new Array(256).fill({})), says(RANGE, 'argument 2 (lanes)'))
    assert.equal(sockets.configureConnectionLanes(1, [{}]), 3)
})

test('the addon itself refuses what it cannot use', () => {
    for (const [name, value] of Object.entries(native)) {
        if (typeof value !== 'function' || ['shutdown', 'watch', 'unwatch'].includes(name)) continue
        for (const junk of [undefined, null, {}, 'x', Symbol('x'), 1n, NaN, [], () => 0]) {
            try {
                value(junk, junk, junk, junk, junk)
            } catch (error) {
                assert.ok(error instanceof Error, name)
            }
        }
    }
})

test('without init every function has its failure value', async () => {
    steam.shutdown()
    assert.equal(sockets.createListenSocketP2P(0), 0)
    assert.equal(sockets.connectP2P('76561198012345678', 0), 0)
    assert.equal(sockets.connectByIPAddress('127.0.0.1:1'), 0)
    assert.equal(sockets.acceptConnection(1), false)
    assert.equal(sockets.closeConnection(1), false)
    assert.equal(sockets.sendMessage(1, 'x', 8), 8)
    assert.deepEqual(sockets.receiveMessages(1), [])
    assert.deepEqual(sockets.receiveMessagesOnPollGroup(1), [])
    assert.equal(sockets.getIdentity(), null)
    assert.equal(sockets.getIdentityText(), '')
    assert.equal(sockets.initAuthentication(), -102)
    assert.equal(sockets.getAuthenticationStatus(), -102)
    assert.equal(sockets.setConnectionConfigValue(1, 12, 0), false)
    assert.equal(sockets.getConnectionConfigValue(1, 12), null)
    assert.deepEqual(sockets.getActiveConnections(), [])
    sockets.closeAll()
    sockets.runCallbacks()
    assert.equal(steam.init({ appId: 480 }), true)
    await until(() => sockets.initAuthentication() === 100)
})
