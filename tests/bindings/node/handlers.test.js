'use strict'

// What handlers may do: throw, close what they are told about, run callbacks, shut down.
const assert = require('node:assert/strict')
const { test, beforeEach, afterEach } = require('node:test')

const { steam, sockets, until, pair, request, state } = require('./harness')

let stops = []
const onChange = handler => stops.push(sockets.onConnectionStateChange(handler))
const onRequest = handler => stops.push(sockets.onConnectionRequest(handler))

beforeEach(() => steam.init({ appId: 480 }))
afterEach(() => {
    for (const stop of stops) stop()
    stops = []
    steam.shutdown()
})

test('what a handler throws reaches the caller of runCallbacks, and nothing is lost', () => {
    const seen = []
    const listen = sockets.createListenSocketP2P(0)
    onChange(({ connection, newState }) => {
        seen.push([connection, newState])
        if (seen.length === 1) throw new Error('one')
    })
    const second = []
    onChange(change => second.push(change))
    const client = sockets.connectP2P(steam.core.getSteamId(), 0)
    assert.throws(() => steam.runCallbacks(), { message: 'one' })
    assert.equal(seen.length, 2) // both ends
    assert.equal(second.length, 2)
    steam.runCallbacks()
    sockets.closeConnection(client)
    sockets.closeListenSocket(listen)
    steam.runCallbacks()
    assert.equal(seen.length, second.length)
    assert.ok(seen.length >= 4)
})

test('of several handlers that throw all errors are told', () => {
    const listen = sockets.createListenSocketP2P(0)
    onRequest(() => { throw new Error('request') })
    onChange(() => { throw new Error('change') })
    sockets.connectP2P(steam.core.getSteamId(), 0)
    assert.throws(() => sockets.runCallbacks(), error => {
        assert.ok(error instanceof AggregateError)
        assert.deepEqual(error.errors.map(({ message }) => message).sort(), ['change', 'change', 'request'])
        return true
    })
    sockets.closeListenSocket(listen)
})

test('a handler may throw anything', () => {
    sockets.createListenSocketP2P(0)
    onRequest(() => { throw undefined }) // eslint-disable-line no-throw-literal
    sockets.connectP2P(steam.core.getSteamId(), 0)
    let thrown = 'nothing'
    try {
        steam.runCallbacks()
    } catch (error) {
        thrown = error
    }
    assert.equal(thrown, undefined)
})

test('a handler may close what it is told about, and everything else', async () => {
    const { listen, client, server } = await pair()
    const states = []
    onChange(({ connection, newState }) => {
        states.push(newState)
        sockets.closeConnection(connection)
        sockets.closeListenSocket(listen)
        sockets.closeAll()
    })
    sockets.closeConnection(server, 1500, 'first', false)
    await until(() => state(client) === 0 && states.includes(0))
    assert.deepEqual(sockets.getActiveConnections(), [])
    assert.deepEqual(sockets.getActiveListenSockets(), [])
})

test('runCallbacks inside a handler keeps the order', () => {
    const order = []
    sockets.createListenSocketP2P(0)
    onChange(({ connection, newState }) => {
        order.push(['begin', connection, newState])
        if (newState === 1) sockets.closeConnection(connection)
        steam.runCallbacks()
        order.push(['end', connection, newState])
    })
    sockets.connectP2P(steam.core.getSteamId(), 0)
    steam.runCallbacks()
    for (let i = 0; i < order.length; i += 2) {
        assert.deepEqual([order[i][0], order[i + 1][0]], ['begin', 'end'])
        assert.deepEqual(order[i].slice(1), order[i + 1].slice(1))
    }
    assert.equal(order.filter(([, , newState]) => newState === 0).length, 4)
})

test('shutdown inside a handler ends the delivery; init inside it begins anew', () => {
    let calls = 0
    sockets.createListenSocketP2P(0)
    onChange(() => {
        calls++
        steam.shutdown()
        assert.equal(steam.init({ appId: 480 }), true)
    })
    sockets.connectP2P(steam.core.getSteamId(), 0)
    steam.runCallbacks()
    assert.equal(calls, 1)
    steam.runCallbacks()
    assert.equal(calls, 1)
    assert.ok(sockets.createListenSocketP2P(0) > 0)
    sockets.connectP2P(steam.core.getSteamId(), 0)
    steam.runCallbacks()
    assert.equal(calls, 2)
})

test('handlers that are added or removed while events are delivered', () => {
    const calls = []
    sockets.createListenSocketP2P(0)
    let stopLater = null
    onChange(() => {
        calls.push('first')
        if (stopLater) stopLater()
        else onChange(() => calls.push('added'))
    })
    stopLater = null
    sockets.connectP2P(steam.core.getSteamId(), 0)
    steam.runCallbacks()
    assert.deepEqual(calls, ['first', 'first', 'added']) // each event goes to those that were there when it came
    stopLater = sockets.onConnectionStateChange(() => calls.push('removed'))
})

test('the lists of what is pending end', async () => {
    const { close } = await request()
    close()
    sockets.getPendingStateChanges()
    sockets.createListenSocketP2P(0)
    for (let i = 0; i < 400; i++) {
        const connection = sockets.connectP2P(steam.core.getSteamId(), 0)
        sockets.closeConnection(connection)
        steam.runCallbacks()
    }
    assert.equal(sockets.getPendingStateChanges().length, 1024)
    assert.equal(sockets.getPendingConnectionRequests().length, 401)
})

test('the status of authentication is told', async () => {
    const told = []
    stops.push(sockets.onAuthenticationStatus(status => told.push(status)))
    sockets.initAuthentication()
    await until(() => told.some(({ availability }) => availability === 100))
    assert.equal(sockets.getAuthenticationStatus(), 100)
    assert.equal(typeof told[0].debugMessage, 'string')
    assert.equal(typeof sockets.getAuthenticationStatusText(), 'string')
})
