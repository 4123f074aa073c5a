'use strict'

// When a process ends: by itself once everything is closed, not before, and in good order at any other moment.

const assert = require('node:assert')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { test, after } = require('node:test')

const packagePath = path.join(__dirname, '../../../bindings/node')
const Fumarole = require(packagePath)
const { connect, createServer } = Fumarole

after(() => Fumarole.getInstance().shutdown())

// Runs a function's body in a process of its own; `lines` is what it writes, line by line.
function run(body, ...parameters) {
    const source = `'use strict'
        const { once } = require('node:events')
        const Fumarole = require(${JSON.stringify(packagePath)})
        const { connect, createServer } = Fumarole
        ;(${body})(...${JSON.stringify(parameters)})`
    const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.errors = ''
    child.stderr.on('data', data => { child.errors += data })
    child.firstLine = new Promise((resolve, reject) => {
        child.stdout.on('data', data => {
            text += data
            if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
        })
        child.once('exit', () => reject(new Error(`it wrote no line; ${child.errors}`)))
    })
    child.firstLine.catch(() => {})
    child.ended = once(child, 'close').then(([code, signal]) => ({ code, signal, text, errors: child.errors }))
    return child
}

const inGoodOrder = { code: 0, signal: null, errors: '' }

async function ends(body, text = '') {
    assert.deepStrictEqual(await run(body).ended, { ...inGoodOrder, text })
}

test('exit: after loading, after init, after polling, after shutdown', async () => {
    await ends(() => {})
    await ends(() => { Fumarole.getInstance().init({ appId: 480 }) })
    await ends(() => {
        const steam = Fumarole.getInstance()
        steam.init({ appId: 480 })
        steam.networkingSockets.createListenSocketP2P(0)
        steam.networkingSockets.connectP2P(steam.core.getSteamId(), 0)
        steam.runCallbacks()
    })
    await ends(() => {
        Fumarole.getInstance().init({ appId: 480, autoRunCallbacks: true })
    })
    await ends(() => {
        const steam = Fumarole.getInstance()
        steam.init()
        steam.shutdown()
    })
})

test('exit: once a server and a client are closed', () => ends(async () => {
    const server = createServer(peer => peer.on('close', () => server.close()))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = await connect(server.address().port, '127.0.0.1').ready
    process.on('exit', () => console.log('open to the end'))
    client.close()
}, 'open to the end\n'))

test('exit: at once when what is open is unreferenced', () => ends(async () => {
    const server = createServer().unref().listen(0, '127.0.0.1')
    setTimeout(() => {}, 50)
    await once(server, 'listening')
    connect(server.address().port, '127.0.0.1').unref()
    console.log('that is all')
}, 'that is all\n'))

test('exit: a server that listens, and a connection that is open, stay', async () => {
    const child = run(() => {
        const server = createServer(peer => peer.on('close', () => server.close()))
        server.listen(0, '127.0.0.1', () => console.log(server.address().port))
    })
    const client = await connect(Number(await child.firstLine), '127.0.0.1').ready
    await client.close()
    assert.strictEqual((await child.ended).code, 0)

    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const other = run(port => { connect(port, '127.0.0.1').ref() }, server.address().port)
    const [peer] = await once(server, 'connection')
    peer.close()
    assert.deepStrictEqual(await other.ended, { ...inGoodOrder, text: '' })
    await server.close()
})

test('exit: with autoRunCallbacks, as soon as the class has nothing open any more', async () => {
    const child = run(() => {
        const steam = Fumarole.getInstance()
        steam.init({ autoRunCallbacks: true })
        const sockets = steam.networkingSockets
        const socket = sockets.createListenSocketIP('127.0.0.1:0')
        sockets.onConnectionRequest(({ connection }) => sockets.acceptConnection(connection))
        sockets.onConnectionStateChange(({ connection, newState }) => {
            if (newState !== 4) return
            sockets.closeConnection(connection, 0, '', false)
            sockets.closeListenSocket(socket)
        })
        console.log(sockets.getListenSocketAddress(socket))
    })
    const client = await connect(await child.firstLine).ready
    await client.close()
    const { text, ...rest } = await child.ended
    assert.deepStrictEqual(rest, inGoodOrder)
    await ends(() => {
        const steam = Fumarole.getInstance().unref()
        steam.init({ autoRunCallbacks: true })
        steam.networkingSockets.createListenSocketIP('127.0.0.1:0')
    })
})

test('exit: the last words of a process that ends right after close() arrive', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    for (let round = 0; round < 5; round++) {
        const child = run(async port => {
            const client = await connect(port, '127.0.0.1').ready
            for (let i = 0; i < 100; i++) client.send(`word ${i} ${'.'.repeat(200)}`)
            await client.close(1500 + 1, 'done')
            process.exit()
        }, server.address().port)
        const [peer] = await once(server, 'connection')
        let count = 0
        peer.on('message', () => count++)
        assert.deepStrictEqual(await peer.closed, { code: 1501, reason: 'done', remote: true })
        assert.strictEqual(count, 100)
        assert.deepStrictEqual(await child.ended, { ...inGoodOrder, text: '' })
    }
    await server.close()
})

test('exit: process.exit(), an uncaught error and a signal in the middle of traffic', async () => {
    const server = createServer(peer => peer.on('message', message => peer.send(message.data)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const flood = async (port, how) => {
        const client = connect(port, '127.0.0.1')
        let count = 0
        client.on('message', message => {
            client.send(message.data)
            if (++count < 200) return
            if (how === 'exit') process.exit(3)
            if (how === 'throw') throw new Error('enough')
            if (how === 'kill') process.kill(process.pid, 'SIGTERM')
        })
        for (let i = 0; i < 20; i++) client.send('x'.repeat(i))
    }
    for (const [how, code, signal] of [['exit', 3, null], ['throw', 1, null], ['kill', null, 'SIGTERM']]) {
        const child = run(flood, server.address().port, how)
        const [peer] = await once(server, 'connection')
        const result = await child.ended
        assert.deepStrictEqual([result.code, result.signal], [code, signal], result.errors)
        assert.strictEqual(result.errors.includes('enough'), how === 'throw')
        if (how !== 'kill') assert.strictEqual((await peer.closed).code, 2999)
        else peer.destroy()
    }
    await server.close()
})
