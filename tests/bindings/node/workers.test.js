'use strict'

// The library is one for the process; every worker has its own objects, events and handles, and may go at any time.

const assert = require('node:assert')
const { once } = require('node:events')
const path = require('node:path')
const { test, afterEach } = require('node:test')
const { Worker } = require('node:worker_threads')

const packagePath = path.join(__dirname, '../../../bindings/node')
const Fumarole = require(packagePath)
const { connect, createServer } = Fumarole

afterEach(() => Fumarole.getInstance().shutdown())

// Runs the body of a function in a worker; `Fumarole`, `port` (to us) and `once` are there.
function work(body) {
    const source = `'use strict'
        const { parentPort: port, workerData } = require('node:worker_threads')
        const { once } = require('node:events')
        const Fumarole = require(${JSON.stringify(packagePath)})
        const { connect, createServer } = Fumarole
        ;(${body})().catch(error => { throw error })`
    const worker = new Worker(source, { eval: true })
    worker.said = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    return worker
}

const echoServer = async () => {
    const server = createServer(peer => {
        peer.on('message', message => peer.send(message.data))
        peer.on('close', code => { if (code === 1001) server.close() })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port.postMessage(server.address().port)
}

test('workers: a server in a worker and a client in the main thread', async () => {
    const worker = work(echoServer)
    const exited = once(worker, 'exit')
    const client = await connect(await worker.said, '127.0.0.1').ready
    client.send('over there')
    assert.strictEqual((await client.receive()).data.toString(), 'over there')
    await client.close(1001)
    assert.deepStrictEqual(await exited, [0], 'the worker ends by itself once its server is closed')
})

test('workers: each has its own events, connections and life', async () => {
    const steam = Fumarole.getInstance()
    const server = createServer(peer => peer.on('message', message => peer.send(message.data)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const worker = work(async () => {
        const [serverPort] = await once(port, 'message')
        const steam = Fumarole.getInstance()
        const client = await connect(serverPort, '127.0.0.1').ready
        client.send('from the worker')
        const echo = (await client.receive()).data.toString()
        port.postMessage({
            echo,
            active: steam.networkingSockets.getActiveConnections().length,
            sockets: steam.networkingSockets.getActiveListenSockets().length,
            steamId: steam.core.getSteamId()
        })
        steam.shutdown()
        port.postMessage((await client.closed).code)
        steam.init()
        port.postMessage(steam.networkingSockets.getActiveConnections().length)
        port.close()
    })
    const said = []
    worker.on('message', message => said.push(message))
    const own = await connect(server.address().port, '127.0.0.1').ready
    worker.postMessage(server.address().port)
    await once(worker, 'exit')
    assert.deepStrictEqual(said, [
        { echo: 'from the worker', active: 1, sockets: 0, steamId: steam.core.getSteamId() }, 2999, 0
    ])
    own.send('still here')
    assert.strictEqual((await own.receive()).data.toString(), 'still here')
    assert.strictEqual(steam.networkingSockets.getActiveListenSockets().length, 1)
    await server.close()
})

test('workers: terminate() in the middle of traffic closes what the worker had, and only that', async () => {
    const bystander = createServer(peer => peer.on('message', message => peer.send(message.data)))
    bystander.listen(0, '127.0.0.1')
    await once(bystander, 'listening')
    const client = await connect(bystander.address().port, '127.0.0.1').ready
    for (let round = 0; round < 12; round++) {
        const worker = work(async () => {
            const server = createServer(peer => {
                peer.on('message', message => peer.send(message.data, { noNagle: true }))
            })
            server.listen(0, '127.0.0.1')
            await once(server, 'listening')
            port.postMessage(server.address().port)
            // What a game in a worker does: the class, polled.
            const sockets = Fumarole.getInstance().networkingSockets
            setInterval(() => {
                Fumarole.getInstance().runCallbacks()
                sockets.createListenSocketP2P(Math.floor(Math.random() * 60000))
            }, 1)
        })
        const doomed = await connect(await worker.said, '127.0.0.1').ready
        doomed.on('message', message => doomed.send(message.data, { noNagle: true }))
        for (let i = 0; i < 20; i++) doomed.send(`ping ${i}`, { noNagle: true })
        for (let i = 0; i < round * 7; i++) await once(doomed, 'message')
        await worker.terminate()
        assert.strictEqual((await doomed.closed).code, 2999)
        client.send(`round ${round}`)
        assert.strictEqual((await client.receive()).data.toString(), `round ${round}`)
    }
    await bystander.close()
})

test('workers: many start, talk to each other by virtual ports and end at once', async () => {
    Fumarole.getInstance().init()
    const workers = [0, 1, 2, 3].map(() => work(async () => {
        const [{ own, other }] = await once(port, 'message')
        const steam = Fumarole.getInstance()
        steam.init()
        const server = createServer(async peer => {
            for await (const message of peer) peer.send(`${own}: ${message.data}`)
        })
        server.listen({ virtualPort: own })
        await once(server, 'listening')
        port.postMessage('ready')
        await once(port, 'message')
        const client = await connect({ identity: steam.core.getSteamId(), virtualPort: other }).ready
        client.send('hello')
        const answer = (await client.receive()).data.toString()
        port.postMessage(answer)
        await client.close()
        await once(port, 'message')
        await server.close()
        port.close()
    }))
    const exits = workers.map(worker => once(worker, 'exit'))
    const next = () => Promise.all(workers.map(worker => once(worker, 'message').then(([message]) => message)))
    let answers = next()
    workers.forEach((worker, i) => worker.postMessage({ own: 10 + i, other: 10 + (i + 1) % 4 }))
    await answers
    answers = next()
    workers.forEach(worker => worker.postMessage('go'))
    assert.deepStrictEqual(await answers, ['11: hello', '12: hello', '13: hello', '10: hello'])
    workers.forEach(worker => worker.postMessage('end'))
    assert.deepStrictEqual(await Promise.all(exits), [[0], [0], [0], [0]])
})

test('workers: a handle from another thread can be used, its events stay with its owner', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const incoming = once(server, 'connection')
    const client = await connect(server.address().port, '127.0.0.1').ready
    const [peer] = await incoming
    const worker = work(async () => {
        const [handle] = await once(port, 'message')
        const steam = Fumarole.getInstance()
        steam.init()
        steam.networkingSockets.onConnectionStateChange(() => port.postMessage('a change'))
        const result = steam.networkingSockets.sendMessage(handle, 'by proxy', 8)
        steam.networkingSockets.closeConnection(handle, 1111, 'by proxy too', true)
        steam.runCallbacks()
        port.postMessage(result)
    })
    const exited = once(worker, 'exit') // which may come before all else that is waited for here
    const said = []
    worker.on('message', message => said.push(message))
    worker.postMessage(client.handle)
    assert.strictEqual((await peer.receive()).data.toString(), 'by proxy')
    assert.deepStrictEqual(await client.closed, { code: 1111, reason: 'by proxy too', remote: false })
    await exited
    assert.deepStrictEqual(said, [1])
    await server.close()
})
