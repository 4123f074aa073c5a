'use strict'

// Programs that ought to break the binding: modules loaded several times, values that are not what they seem, and ends
// that come together.
const assert = require('node:assert/strict')
const { once } = require('node:events')
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
