'use strict'

// createServer and connect: what a program for Node sees of them, between two ends in this process over loopback.

const assert = require('node:assert')
const { on, once } = require('node:events')
const { test, afterEach } = require('node:test')

const Fumarole = require('../../../bindings/node')
const { connect, createServer, ConnectionError } = Fumarole

// Fast enough for a test, slow enough to fill queues.
const FAST = { SendRateMin: 4e6, SendRateMax: 4e6 }

afterEach(() => Fumarole.getInstance().shutdown())

async function listening(...options) {
    const server = createServer(...options).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
}

// A server, our end of a connection to it, and its end.
async function pair(options = {}, connectOptions = {}) {
    const server = await listening(options)
    const incoming = once(server, 'connection')
    const client = connect(server.address().port, '127.0.0.1', connectOptions)
    const [[peer]] = await Promise.all([incoming, client.ready])
    return { server, client, peer }
}

function collect(connection) {
    const texts = []
    connection.on('message', message => texts.push(message.data.toString()))
    return texts
}

test('events: a server hears of a connection, both ends of each other', async () => {
    const { server, client, peer } = await pair()
    assert.strictEqual(client.state, 'open')
    assert.strictEqual(peer.state, 'open')
    assert.strictEqual(peer.server, server)
    assert.strictEqual(client.server, null)
    assert.deepStrictEqual([...server.connections], [peer])
    assert.match(client.identity, /^\d+$/)
    assert.strictEqual(client.remoteAddress, `127.0.0.1:${server.address().port}`)
    assert.match(peer.remoteAddress, /^127\.0\.0\.1:\d+$/)
    assert.deepStrictEqual(server.address().family, 'IPv4')
    assert.ok(client.handle > 0 && client.describe().length > 100)
    assert.ok(client.status.connectionQualityLocal !== undefined)
    await server.close()
})

test('events: messages arrive in order with their bytes, from strings and all kinds of bytes', async () => {
    const { server, client, peer } = await pair()
    const received = []
    const all = new Promise(resolve => {
        peer.on('message', message => { if (received.push(message) === 6) resolve() })
    })
    client.send('text: ä€😀')
    client.send(Buffer.from([1, 2, 3]))
    client.send(new Uint16Array([0x0201, 0x0403]))
    client.send(new DataView(new ArrayBuffer(8), 2, 3))
    client.send(new Uint8Array([9, 8]).buffer)
    client.send('')
    await all
    assert.deepStrictEqual(received.map(message => [...message.data]), [
        [...Buffer.from('text: ä€😀')], [1, 2, 3], [1, 2, 3, 4], [0, 0, 0], [9, 8], []
    ])
    assert.deepStrictEqual(received.map(message => message.messageNumber), [1n, 2n, 3n, 4n, 5n, 6n])
    assert.ok(received.every(message => message.connection === peer.handle && message.flags & 8))
    await server.close()
})

test('events: what is sent before the connection is open arrives first', async () => {
    const server = await listening()
    const client = connect({ port: server.address().port, host: 'localhost' })
    assert.strictEqual(client.state, 'connecting')
    assert.strictEqual(client.send('early'), true)
    const bytes = Buffer.from('copied')
    client.send(bytes)
    bytes.fill(0)
    const [peer] = await once(server, 'connection')
    client.send('later')
    const texts = []
    for await (const [message] of on(peer, 'message')) if (texts.push(message.data.toString()) === 3) break
    assert.deepStrictEqual(texts, ['early', 'copied', 'later'])
    await server.close()
})

test('events: close() delivers everything first and tells code and reason to both', async () => {
    const { server, client, peer } = await pair()
    const texts = collect(peer)
    const events = []
    peer.on('close', (code, reason) => events.push(['close', code, reason, texts.length]))
    client.on('close', (code, reason) => events.push(['own', code, reason]))
    for (let i = 0; i < 500; i++) client.send(String(i).repeat(50))
    const result = await client.close(1234, 'that was all')
    assert.deepStrictEqual(result, { code: 1234, reason: 'that was all', remote: false })
    assert.deepStrictEqual(await peer.closed, { code: 1234, reason: 'that was all', remote: true })
    await new Promise(setImmediate)
    assert.deepStrictEqual(events.sort(), [['close', 1234, 'that was all', 500], ['own', 1234, 'that was all']])
    assert.deepStrictEqual([client.state, peer.state, client.send('late'), client.handle], ['closed', 'closed', false, 0])
    assert.deepStrictEqual(await client.close(), result, 'closing again changes nothing')
    await server.close()
})

test('events: for await runs over the messages and ends with the connection', async () => {
    const { server, client, peer } = await pair()
    for (let i = 0; i < 1000; i++) peer.send(String(i))
    peer.close()
    const numbers = []
    for await (const message of client) numbers.push(Number(message.data))
    assert.deepStrictEqual(numbers, Array.from({ length: 1000 }, (_, i) => i))
    assert.strictEqual(await client.receive(), undefined)
    await server.close()
})

test('events: leaving the loop early leaves the connection open and loses nothing', async () => {
    const { server, client, peer } = await pair()
    for (let i = 0; i < 10; i++) peer.send(String(i))
    for await (const message of client) if (message.data.toString() === '3') break
    assert.strictEqual(client.state, 'open')
    assert.strictEqual((await client.receive()).data.toString(), '4')
    const rest = collect(client)
    await new Promise(resolve => client.on('message', message => message.data.toString() === '9' && resolve()))
    assert.deepStrictEqual(rest, ['5', '6', '7', '8', '9'])
    await server.close()
})

test('events: pause() leaves the messages where they hold up the sender, resume() fetches them', async () => {
    const { server, client, peer } = await pair()
    const texts = collect(client)
    client.pause()
    assert.strictEqual(client.isPaused(), true)
    for (let i = 0; i < 600; i++) peer.send(String(i))
    await once(peer.flush() ?? client, 'nothing', { signal: AbortSignal.timeout(200) }).catch(() => {})
    assert.deepStrictEqual(texts, [])
    client.resume()
    while (texts.length < 600) await once(client, 'message')
    assert.strictEqual(texts[599], '599')
    await server.close()
})

test('events: an iteration that falls behind leaves the rest in the library', async () => {
    const sockets = Fumarole.getInstance().networkingSockets
    const server = createServer().listen({ virtualPort: 1 })
    await once(server, 'listening')
    const incoming = once(server, 'connection')
    const client = await connect({ identity: Fumarole.getInstance().core.getSteamId(), virtualPort: 1 }).ready
    const [peer] = await incoming
    let next = 0
    for (let i = 0; i < 20000; i++) client.send(String(i), { noNagle: true })
    for await (const message of peer) {
        assert.strictEqual(Number(message.data), next++)
        if (next === 300) break
    }
    const left = sockets.receiveMessages(peer.handle, 20000).length
    assert.ok(left > 20000 - 300 - 1024 && left < 20000 - 300, `${left} are left`)
    await server.close()
})

test('events: who waits for a message hears of the error that ends the connection', async () => {
    const { server, client, peer } = await pair()
    const failure = new Error('no more')
    const waiting = [client.receive(), (async () => { for await (const message of peer) assert.fail(message) })()]
    client.destroy(failure)
    await assert.rejects(waiting[0], failure)
    await assert.rejects(client.receive(), failure)
    await waiting[1]
    await server.close()
})

test('events: a paused connection that the peer closes ends after it has been read', async () => {
    const { server, client, peer } = await pair()
    const texts = collect(client)
    client.pause()
    peer.send('last words')
    await peer.close(1500, 'over')
    const [, change] = await Promise.all([peer.closed, new Promise(resolve => setTimeout(resolve, 100, client.state))])
    assert.strictEqual(change, 'open')
    client.resume()
    assert.deepStrictEqual(await client.closed, { code: 1500, reason: 'over', remote: true })
    assert.deepStrictEqual(texts, ['last words'])
    await server.close()
})

test('events: send() says when it is enough and drain when there is room', async () => {
    const { server, client, peer } = await pair({}, { highWaterMark: 65536, config: FAST })
    let received = 0
    peer.on('message', message => { received += message.size })
    const block = Buffer.alloc(30000, 7)
    let sent = 0
    let waits = 0
    while (sent < 2e6) {
        sent += block.length
        if (!client.send(block)) {
            assert.ok(client.bufferedAmount > 0)
            waits++
            await once(client, 'drain')
        }
    }
    assert.ok(waits > 5, `waited ${waits} times`)
    await client.close()
    await peer.closed
    assert.strictEqual(received, sent)
    await server.close()
})

test('events: a program that does not wait for drain loses no reliable message', async () => {
    const { server, client, peer } = await pair({}, { config: FAST })
    const numbers = []
    const all = new Promise(resolve => {
        peer.on('message', message => { if (numbers.push(message.data.readUInt32LE()) === 150) resolve() })
    })
    for (let i = 0; i < 150; i++) {
        const block = Buffer.alloc(20000)
        block.writeUInt32LE(i)
        client.send(block)
    }
    assert.strictEqual(client.send('x', { reliable: false }), false)
    assert.ok(client.bufferedAmount > 2e6)
    await all
    assert.deepStrictEqual(numbers, Array.from({ length: 150 }, (_, i) => i))
    await server.close()
})

test('events: flags and refusals of send', async () => {
    const { server, client, peer } = await pair()
    client.send('a', { reliable: false, noNagle: true })
    const [message] = await once(peer, 'message')
    assert.strictEqual(message.flags & 8, 0)
    assert.throws(() => client.send(Buffer.alloc(600000)), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /^send: .*600000/ })
    assert.throws(() => client.send('a', { lane: 3 }), { name: 'RangeError', message: /lane/ })
    for (const wrong of [5, null, undefined, {}, [1], true, 5n, Symbol('x')]) {
        assert.throws(() => client.send(wrong), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^send: the data \(argument 1\)/ })
    }
    assert.throws(() => client.send('a', 8), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => client.send('a', { reliable: 1 }), { code: 'ERR_INVALID_ARG_TYPE', message: /options\.reliable must be a boolean, not number \(1\)/ })
    assert.throws(() => client.send('a', { lane: -1 }), { code: 'ERR_OUT_OF_RANGE' })
    await server.close()
})

test('events: nobody listens: error, close, and a rejection of ready', async () => {
    const config = { TimeoutInitial: 300 }
    const port = await freePort()
    const client = connect({ port, host: '127.0.0.1', config })
    const events = []
    client.on('error', error => events.push(error)).on('close', code => events.push(code))
    await assert.rejects(client.ready, { name: 'ConnectionError', code: 'ETIMEDOUT', reason: 5003 })
    await client.closed
    await new Promise(setImmediate)
    assert.ok(events[0] instanceof ConnectionError && events[0].code === 'ETIMEDOUT')
    assert.strictEqual(events[1], 5003)
})

async function freePort() {
    const server = await listening()
    const { port } = server.address()
    await server.close()
    return port
}

test('events: a peer that is refused, by authorize in all its forms', async () => {
    for (const answer of [() => false, async () => ({ code: 1999, reason: 'not you' }), () => { throw new Error('oops') }]) {
        const server = await listening({ authorize: answer })
        const failures = []
        server.on('error', error => failures.push(error.message)).on('connection', () => failures.push('connected'))
        const client = connect(server.address().port, '127.0.0.1')
        const [error] = await once(client, 'error')
        assert.strictEqual(error.code, 'ECONNREFUSED')
        assert.deepStrictEqual(await client.closed, {
            code: error.reason, reason: error.reason === 1999 ? 'not you' : 'refused', remote: true
        })
        await server.close()
        assert.deepStrictEqual(failures, answer.toString().includes('oops') ? ['oops'] : [])
    }
    const asked = []
    const { server, peer } = await pair({ authorize: request => { asked.push(request); return true } })
    assert.deepStrictEqual(asked, [{ identity: peer.identity, remoteAddress: peer.remoteAddress, handle: peer.handle }])
    await server.close()
})

test('events: two ends in one process by identity and virtual port', async () => {
    const steam = Fumarole.getInstance()
    steam.init({ appId: 480 })
    const server = createServer(peer => peer.on('message', message => peer.send(message.data.toString().toUpperCase())))
    server.listen({ virtualPort: 7 })
    await once(server, 'listening')
    assert.deepStrictEqual(server.address(), { virtualPort: 7 })
    for (const identity of [steam.core.getSteamId(), BigInt(steam.core.getSteamId())]) {
        const client = await connect({ identity, virtualPort: 7 }).ready
        client.send('quiet')
        assert.strictEqual((await client.receive()).data.toString(), 'QUIET')
        await client.close()
    }
    const nobody = connect({ identity: '76561197960287930', virtualPort: 7 })
    const [error] = await once(nobody, 'error')
    assert.strictEqual(error.code, 'ERR_CONNECT_FAILED')
    assert.match(error.message, /to 76561197960287930, virtual port 7/)
    await server.close()
})

test('events: an AbortSignal ends connecting, connections, waiting and listening', async () => {
    const server = await listening()
    const { port } = server.address()
    const early = connect({ port, host: '127.0.0.1', signal: AbortSignal.abort() })
    assert.strictEqual((await once(early, 'error'))[0].name, 'AbortError')
    const controller = new AbortController()
    const client = await connect({ port, host: '127.0.0.1', signal: controller.signal }).ready
    const waiting = new AbortController()
    const message = client.receive({ signal: waiting.signal })
    waiting.abort()
    await assert.rejects(message, { name: 'AbortError', code: 'ABORT_ERR' })
    assert.strictEqual(client.state, 'open')
    await assert.rejects(client.receive({ signal: waiting.signal }), { name: 'AbortError' })
    const failure = once(client, 'error')
    controller.abort()
    assert.strictEqual((await failure)[0].code, 'ABORT_ERR')
    await client.closed
    await server.close()

    const stop = new AbortController()
    const other = createServer().listen({ port: 0, host: '127.0.0.1', signal: stop.signal })
    await once(other, 'listening')
    stop.abort()
    await once(other, 'close')
    assert.strictEqual(other.listening, false)
})

test('events: server.close() closes its connections, with what they have sent', async () => {
    const { server, client, peer } = await pair()
    const texts = collect(client)
    peer.send('farewell')
    let called = false
    const closed = server.close(() => { called = true })
    assert.strictEqual(server.listening, false)
    await closed
    assert.deepStrictEqual((await client.closed).reason, 'the server is closing')
    assert.deepStrictEqual(texts, ['farewell'])
    assert.strictEqual(peer.state, 'closed')
    assert.strictEqual(called, true)
    assert.strictEqual(server.address(), null)
    await server.close()
})

test('events: a server that is closing takes nobody', async () => {
    const config = { SendRateMin: 1024, SendRateMax: 1024 }
    const { server, client, peer } = await pair({ config })
    peer.send(Buffer.alloc(200000)) // takes minutes, at that rate
    const { port } = server.address()
    const closed = server.close()
    const late = connect(port, '127.0.0.1')
    const [error] = await once(late, 'error')
    assert.strictEqual(error.code, 'ECONNREFUSED')
    assert.match(error.message, /the server is closing/)
    assert.strictEqual(peer.state, 'closing')
    client.destroy()
    await closed
})

test('events: for await runs over the connections of a server', async () => {
    const server = await listening()
    const names = []
    const serving = (async () => {
        for await (const peer of server) names.push((await peer.receive()).data.toString())
    })()
    for (const name of ['one', 'two', 'three']) {
        const client = connect(server.address().port, '127.0.0.1')
        client.send(name)
        await client.ready
        while (!names.includes(name)) await new Promise(setImmediate)
    }
    await server.close()
    await serving
    assert.deepStrictEqual(names, ['one', 'two', 'three'])
})

test('events: a server whose socket is closed by its number', async () => {
    const server = await listening()
    assert.strictEqual(Fumarole.getInstance().networkingSockets.closeListenSocket(server.handle), true)
    assert.strictEqual(server.address(), null)
    await server.close()
})

test('events: a port that is in use', async () => {
    const server = await listening()
    const other = createServer().listen({ port: server.address().port, host: '127.0.0.1' })
    const [error] = await once(other, 'error')
    assert.strictEqual(error.code, 'ERR_LISTEN_FAILED')
    assert.ok(error.message.includes(`127.0.0.1:${server.address().port}`))
    assert.throws(() => server.listen(0), { code: 'ERR_SERVER_ALREADY_LISTEN' })
    await server.close()
})

test('events: configuration of a server and of a connection', async () => {
    const sockets = Fumarole.getInstance().networkingSockets
    const { server, client, peer } = await pair({ config: { TimeoutConnected: 4321 } }, { config: { SendBufferSize: 70000 } })
    assert.strictEqual(sockets.getConnectionConfigValue(peer.handle, 25), 4321)
    assert.strictEqual(sockets.getConnectionConfigValue(client.handle, 9), 70000)
    await server.close()
    const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /NoSuchValue/ }
    assert.throws(() => createServer({ config: { NoSuchValue: 1 } }), wrong)
    assert.throws(() => connect({ port: 1, config: { NoSuchValue: 1 } }), wrong)
})

test('events: an error in a handler is an uncaught exception and costs nobody else an event', async () => {
    const { server, client, peer } = await pair()
    const uncaught = []
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', error => uncaught.push(error.message))
    try {
        const seen = []
        peer.on('message', message => {
            seen.push(message.data.toString())
            throw new Error(`cannot bear ${message.data}`)
        })
        client.send('a')
        client.send('b')
        client.send('c')
        while (seen.length < 3 || uncaught.length < 3) await new Promise(setImmediate)
        assert.deepStrictEqual(seen, ['a', 'b', 'c'])
        assert.deepStrictEqual(uncaught.sort(), ['cannot bear a', 'cannot bear b', 'cannot bear c'])
    } finally {
        process.removeAllListeners('uncaughtException')
        for (const listener of others) process.on('uncaughtException', listener)
    }
    await server.close()
})

test('events: a handler may close, destroy and shut down what it is about', async () => {
    for (const harm of [({ client }) => client.destroy(), ({ client }) => client.close(), ({ server }) => server.close(),
        () => Fumarole.getInstance().shutdown(), () => Fumarole.getInstance().networkingSockets.closeAll()]) {
        const ends = await pair()
        const done = new Promise(resolve => ends.client.once('message', () => { harm(ends); resolve() }))
        for (let i = 0; i < 5; i++) ends.peer.send('now')
        await done
        Fumarole.getInstance().shutdown()
        await Promise.all([ends.client.closed, ends.peer.closed])
    }
})

test('events: shutdown() ends everything with 2999 and all begins anew', async () => {
    for (let life = 0; life < 3; life++) {
        const { server, client, peer } = await pair()
        const closed = once(server, 'close')
        Fumarole.getInstance().shutdown()
        assert.deepStrictEqual(await client.closed, { code: 2999, reason: 'the library was shut down', remote: false })
        assert.strictEqual((await peer.closed).code, 2999)
        await closed
        assert.strictEqual(client.send('x'), false)
        assert.strictEqual(client.status, null)
    }
})

test('events: connections of createServer and connect are no business of the class', async () => {
    const sockets = Fumarole.getInstance().networkingSockets
    const heard = []
    const unsubscribe = [sockets.onConnectionRequest(() => heard.push('request')),
        sockets.onConnectionStateChange(() => heard.push('change'))]
    const { server, client, peer } = await pair()
    assert.deepStrictEqual(sockets.getActiveConnections().sort(), [client.handle, peer.handle].sort())
    sockets.closeAll()
    client.send('still there')
    assert.strictEqual((await peer.receive()).data.toString(), 'still there')
    await server.close()
    assert.deepStrictEqual([heard, sockets.getPendingStateChanges(), sockets.getPendingConnectionRequests()], [[], [], []])
    for (const end of unsubscribe) end()
})

test('events: one who breaks the connection off is noticed by code and reason', async () => {
    const { server, client, peer } = await pair()
    Fumarole.getInstance().networkingSockets.closeConnection(peer.handle, 2100, 'broken', false)
    assert.deepStrictEqual(await client.closed, { code: 2100, reason: 'broken', remote: true })
    assert.strictEqual((await peer.closed).code, 2100)
    await server.close()
})

test('events: wrong arguments are named', () => {
    const server = createServer()
    const type = message => ({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message })
    const range = message => ({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message })
    assert.throws(() => connect(), type(/^connect: argument 1 must be .*, not undefined/))
    assert.throws(() => connect(0), range(/^connect: the port \(argument 1\) must be a whole number from 1 to 65535, not number \(0\)/))
    assert.throws(() => connect('nowhere'), range(/'host:port'/))
    assert.throws(() => connect('127.0.0.1:99999'), range(/host:port/))
    assert.throws(() => connect({ port: '5' }), type(/^connect: options\.port/))
    assert.throws(() => connect(5, ''), range(/^connect: the host \(argument 2\) must be an address or a name, not string \(''\)/))
    assert.throws(() => server.listen({ host: '' }), range(/the host/))
    assert.throws(() => connect({ identity: 5 }), type(/options\.identity/))
    assert.throws(() => connect({ identity: 'no identity at all:' }), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
    assert.throws(() => connect({ port: 5, signal: {} }), type(/AbortSignal/))
    assert.throws(() => connect({ port: 5, highWaterMark: 0 }), range(/highWaterMark/))
    assert.throws(() => connect({ port: 5, family: 5 }), range(/family/))
    assert.throws(() => createServer(5), type(/^createServer/))
    assert.throws(() => createServer({ authorize: true }), type(/authorize/))
    assert.throws(() => server.listen(-1), range(/the port/))
    assert.throws(() => server.listen({ virtualPort: 1.5 }), range(/virtualPort/))
    assert.throws(() => server.listen(true), type(/argument 1/))
    assert.throws(() => server.close(5), type(/callback/))
    assert.strictEqual(server.listening, false)
})
