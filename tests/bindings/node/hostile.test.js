'use strict'

// Programs that ought to break the binding: modules loaded several times, values that are not what they seem, and ends
// that come together.
const assert = require('node:assert/strict')
const { getEventListeners, once } = require('node:events')
const path = require('node:path')
const { test, afterEach } = require('node:test')
const vm = require('node:vm')
const { Worker } = require('node:worker_threads')

const { Fumarole, steam, sockets, root } = require('./harness')
const { createServer, connect } = Fumarole

afterEach(() => steam.shutdown())

async function listening(...options) {
    const server = createServer(...options).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
}

const clientOf = server => connect(server.address().port, '127.0.0.1')

test('hostile: the package loaded anew takes nothing from the one that was there before', async () => {
    const inside = path.join(root, path.sep)
    const kept = Object.entries(require.cache).filter(([file]) => file.startsWith(inside))
    for (const [file] of kept) delete require.cache[file]
    const other = require(root)
    for (const file of Object.keys(require.cache)) if (file.startsWith(inside)) delete require.cache[file]
    for (const [file, module] of kept) require.cache[file] = module
    assert.notEqual(other, Fumarole)

    // Each has servers and connections of its own, whichever require would find now.
    const server = await listening(peer => peer.on('message', message => peer.send(message.data)))
    const client = other.connect(server.address().port, '127.0.0.1')
    client.send('from the other one')
    assert.equal(String((await client.receive()).data), 'from the other one')
    assert.equal(other.getInstance().core.isInitialized(), true)
    await client.close()
    await server.close()
    other.getInstance().shutdown()
})

test('hostile: a server that closes tells the same to everyone whom it has not let in yet', async () => {
    let asked = 0
    let everyone
    const all = new Promise(resolve => { everyone = resolve })
    const server = await listening({ authorize: () => { if (++asked === 3) everyone(); return new Promise(() => {}) } })
    const ends = [1, 2, 3].map(() => {
        const client = clientOf(server)
        client.on('error', () => {})
        return client.closed
    })
    await all
    await server.close()
    for (const end of await Promise.all(ends)) {
        assert.deepEqual(end, { code: 1000, reason: 'the server is closing', remote: true })
    }
})

test('hostile: a refusal that is none is an error of the server, and the newcomer is refused all the same', async () => {
    const server = await listening({ authorize: () => ({ code: 'no number' }) })
    const error = once(server, 'error')
    const client = clientOf(server)
    client.on('error', () => {})
    assert.equal((await error)[0].code, 'ERR_INVALID_ARG_TYPE')
    assert.deepEqual(await client.closed, { code: 1000, reason: 'refused', remote: true })
    await server.close()
})

test('hostile: who leaves an iteration over a server finds those who came meanwhile in the next one', async () => {
    const server = await listening()
    const iteration = server[Symbol.asyncIterator]()
    const clients = [1, 2, 3].map(() => clientOf(server))
    await Promise.all(clients.map(client => client.ready))
    const found = new Set()
    for await (const connection of iteration) {
        found.add(connection)
        while (server.connections.size < 3) await new Promise(resolve => setImmediate(resolve))
        break
    }
    for await (const connection of server) {
        found.add(connection)
        if (found.size === 3) break
    }
    assert.deepEqual(found, server.connections)
    await server.close()
})

test('hostile: listeners that come after removeAllListeners get their messages', async () => {
    const server = await listening(peer => peer.on('message', message => peer.send(message.data)))
    const client = clientOf(server)
    await client.ready
    for (const add of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener']) {
        client.removeAllListeners()
        assert.deepEqual(client.eventNames(), [])
        const heard = new Promise(resolve => client[add]('message', resolve))
        client.send(add)
        assert.equal(String((await heard).data), add)
    }

    // Without any they wait.
    client.removeAllListeners('message')
    client.send('kept')
    await new Promise(resolve => { server.connections.values().next().value.once('message', resolve) })
    assert.equal(String((await once(client, 'message'))[0].data), 'kept')
    await server.close()
})

test('hostile: a receive that was given up takes no message, and a signal is let go of at the end', async () => {
    const { signal } = new AbortController()
    const server = createServer().listen({ port: 0, host: '127.0.0.1', signal })
    await once(server, 'listening')
    const newcomer = once(server, 'connection')
    const client = connect({ port: server.address().port, host: '127.0.0.1', signal })
    const [peer] = await newcomer
    const givenUp = new AbortController()
    const first = peer.receive({ signal: givenUp.signal })
    const second = peer.receive({ signal })
    givenUp.abort()
    await assert.rejects(first, { name: 'AbortError', code: 'ABORT_ERR' })
    client.send('for the second')
    assert.equal(String((await second).data), 'for the second')
    assert.deepEqual(getEventListeners(givenUp.signal, 'abort'), [])
    assert.equal(getEventListeners(signal, 'abort').length, 2) // the server and the client
    await server.close()
    await client.closed
    assert.deepEqual(getEventListeners(signal, 'abort'), [])
})

test('hostile: nobody is told by a handle from before a shutdown', async () => {
    const dispatcher = require(path.join(root, 'lib', 'dispatcher.js'))
    const server = await listening()
    const client = clientOf(server)
    await client.ready
    const handles = [server.handle, client.handle]
    assert.ok(handles.every(handle => dispatcher.isClaimed(handle)))
    steam.shutdown()
    assert.ok(!handles.some(handle => dispatcher.isClaimed(handle)))
    assert.equal((await client.closed).code, 2999)
})

// With an array whose front is shifted off this takes until the timeout.
test('hostile: a long backlog arrives in order, and does not slow itself down', async () => {
    const many = 100000
    const { Queue } = require(path.join(root, 'lib', 'queue.js'))
    const queue = new Queue()
    for (let i = 0; i < 10 * many; i++) queue.put(i + 1)
    for (let i = 0; i < 10 * many; i++) {
        if (queue.first !== i + 1 || queue.take() !== i + 1) assert.fail(`number ${i}`)
    }
    assert.deepEqual([queue.length, queue.first, queue.take()], [0, undefined, undefined])

    const config = { SendRateMin: 0, SendRateMax: 0 }
    let arrived = 0
    const server = createServer(peer => peer.on('message', message => {
        assert.equal(String(message.data), String(arrived++))
        if (arrived === many) peer.close(1500, 'all')
    })).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect(server.address().port, '127.0.0.1', { config })
    for (let i = 0; i < many; i++) client.send(String(i))
    assert.deepEqual(await client.closed, { code: 1500, reason: 'all', remote: true })
    await server.close()
})

test('hostile: what only looks like an ArrayBuffer is refused by name, one of another realm is sent', async () => {
    const named = where => ({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: where })
    const server = await listening()
    const client = clientOf(server)
    await client.ready
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const lookalikes = [new Proxy(new ArrayBuffer(8), {}), Object.create(ArrayBuffer.prototype),
        { [Symbol.toStringTag]: 'ArrayBuffer', byteLength: 8 }, new SharedArrayBuffer(8), revoked.proxy]
    for (const value of lookalikes) {
        assert.throws(() => sockets.sendMessage(client.handle, value), named(/^sendMessage: argument 2 \(data\)/))
        assert.throws(() => client.send(value), named(/^send: the data \(argument 1\)/))
    }
    assert.throws(() => sockets.getConnectionInfo(revoked.proxy), named(/^getConnectionInfo: argument 1/))
    assert.throws(() => sockets.connectByIPAddress('127.0.0.1:1', revoked.proxy), named(/^connectByIPAddress: argument 2/))

    const memory = new ArrayBuffer(8)
    const view = new DataView(memory)
    structuredClone(memory, { transfer: [memory] })
    assert.throws(() => client.send(view), named(/^send: the data \(argument 1\)/))
    const shown = { [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('not to be seen') } }
    assert.throws(() => client.send(shown), named(/^send: the data \(argument 1\)/))

    const foreign = vm.runInNewContext('new Uint8Array([1, 2, 3]).buffer')
    const [peer] = server.connections.size ? [...server.connections] : await once(server, 'connection')
    assert.equal(sockets.sendMessage(client.handle, foreign), 1)
    assert.equal(client.send(foreign), true)
    assert.deepEqual([...(await peer.receive()).data, ...(await peer.receive()).data], [1, 2, 3, 1, 2, 3])
    await server.close()
})

test('hostile: an init that is refused leaves nothing started', async () => {
    steam.init({ identity: 'str:main', appId: 480 })
    const worker = new Worker(`
        const steam = require(${JSON.stringify(root)}).getInstance()
        const { parentPort } = require('node:worker_threads')
        let code
        try { steam.init({ identity: 'str:other' }) } catch (error) { code = error.code }
        const refused = { code, ...steam.getStatus(), listen: steam.networkingSockets.createListenSocketIP('127.0.0.1:0') }
        parentPort.postMessage({ refused, accepted: steam.init({ identity: 'str:main' }) })
    `, { eval: true })
    const ended = once(worker, 'exit')
    const [{ refused, accepted }] = await once(worker, 'message')
    assert.deepEqual(refused, { code: 'ERR_FUMAROLE_IDENTITY', initialized: false, appId: 0, steamId: '0', error: '', listen: 0 })
    assert.equal(accepted, true)
    await ended
    assert.equal(steam.core.isInitialized(), true)
})
