'use strict'

// The life of environments: processes that end in every way, worker threads, repeated starts, and what stays behind.
const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')

const { root, steam, sockets, until, pair, messages, state } = require('./harness')

const start = `
    const Fumarole = require(${JSON.stringify(root)})
    const steam = Fumarole.getInstance()
    const sockets = steam.networkingSockets
    if (!steam.init({ appId: 480 })) throw new Error(steam.getStatus().error)
    const listen = sockets.createListenSocketIP('127.0.0.1:0')
    const connect = () => sockets.connectByIPAddress(sockets.getListenSocketAddress(listen), { SendRateMin: 1e8, SendRateMax: 1e8 })
    const until = async condition => {
        for (;;) {
            steam.runCallbacks()
            const result = condition()
            if (result) return result
            await new Promise(resolve => setTimeout(resolve, 1))
        }
    }
`

/** Runs a program in a process of its own: { code, signal, stdout, stderr }. */
function run(program, flags = []) {
    return new Promise(resolve => {
        const child = execFile(process.execPath, [...flags, '-e', start + program], (error, stdout, stderr) => {
            resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr })
        })
    })
}

test('a program ends by itself when nothing is left to do, closed or not', async () => {
    for (const end of ['steam.shutdown()', 'sockets.closeAll()', '0']) {
        const result = await run(`const client = connect(); console.log(client !== 0); ${end}`)
        assert.deepEqual(result, { code: 0, signal: null, stdout: 'true\n', stderr: '' }, end)
    }
})

test('process.exit inside a handler ends the process in order', async () => {
    const result = await run(`
        sockets.onConnectionRequest(() => process.exit(7))
        connect()
        until(() => false)
    `)
    assert.deepEqual(result, { code: 7, signal: null, stdout: '', stderr: '' })
})

test('an error inside a handler that nobody catches ends the process like any other', async () => {
    const result = await run(`
        sockets.onConnectionRequest(() => { throw new Error('nobody catches me') })
        connect()
        setInterval(() => steam.runCallbacks(), 1)
    `)
    assert.equal(result.code, 1)
    assert.equal(result.signal, null)
    assert.match(result.stderr, /nobody catches me/)
})

test('a peer is told when a process ends without a word', async () => {
    steam.init({ appId: 480 })
    const listen = sockets.createListenSocketIP('127.0.0.1:0')
    const requests = []
    const stop = sockets.onConnectionRequest(request => {
        requests.push(request.connection)
        sockets.acceptConnection(request.connection)
    })
    const ended = run(`
        const server = sockets.connectByIPAddress('${sockets.getListenSocketAddress(listen)}')
        until(() => sockets.getConnectionInfo(server).state === 3).then(() => process.exit(0))
    `)
    await until(() => requests.length > 0 && state(requests[0]) === 4)
    assert.equal(sockets.getConnectionInfo(requests[0]).endReason, 2999)
    assert.equal((await ended).code, 0)
    stop()
    steam.shutdown()
})

test('import gives the same as require', async () => {
    const module = await import('../../../bindings/node/index.mjs')
    const required = require(root)
    assert.equal(module.default, required)
    assert.equal(module.Fumarole, required)
    const names = Object.keys(required).filter(name => name !== 'default')
    assert.deepEqual(names.filter(name => module[name] !== required[name]), [])
})

test('init returns false and says why when the library does not start, and may be tried again', async () => {
    const result = await run(`
        const fs = require('node:fs')
        steam.shutdown()
        const files = []
        try {
            for (;;) files.push(fs.openSync('/dev/null'))
        } catch (error) {
            if (error.code !== 'EMFILE') throw error
        }
        const started = steam.init({ appId: 480 })
        const { initialized, error } = steam.getStatus()
        for (const file of files) fs.closeSync(file)
        console.log(JSON.stringify({ started, initialized, why: error.length > 5, again: steam.init({ appId: 480 }),
            error: steam.getStatus().error }))
    `)
    assert.deepEqual(JSON.parse(result.stdout), { started: false, initialized: false, why: true, again: true, error: '' })
})

test('who a process is: made up once, named by the environment, or named by the program', async () => {
    const program = `
        const ids = [steam.core.getSteamId()]
        steam.shutdown()
        steam.init()
        ids.push(steam.core.getSteamId())
        console.log(JSON.stringify([sockets.getIdentityText(), ids[0] === ids[1]]))
    `
    const [first, second] = (await Promise.all([run(program), run(program)])).map(({ stdout }) => JSON.parse(stdout))
    assert.match(first[0], /^steamid:76561(19|20)[0-9]{10}$/)
    assert.notEqual(first[0], second[0])
    assert.deepEqual([first[1], second[1]], [true, true])
    for (const [named, identity] of [['76561198012345678', 'steamid:76561198012345678'], ['str:alice', 'str:alice']]) {
        process.env.FUMAROLE_IDENTITY = named
        assert.equal(JSON.parse((await run(program)).stdout)[0], identity)
    }
    process.env.FUMAROLE_IDENTITY = 'nobody'
    assert.match((await run(program)).stderr, /init: argument 1 \(options.identity, from FUMAROLE_IDENTITY\) must be/)
    delete process.env.FUMAROLE_IDENTITY
})

/** Runs a program in a worker; resolves with what it posts. `end`: what to do with it then. */
function work(program, end = 'wait') {
    return new Promise((resolve, reject) => {
        let posted
        const worker = new Worker(`const { parentPort } = require('node:worker_threads')\n${start}${program}`, { eval: true })
        worker.on('error', reject)
        worker.on('message', async message => {
            posted = message
            if (end === 'terminate') await worker.terminate()
        })
        worker.on('exit', () => resolve(posted))
    })
}

const echo = `
    const group = sockets.createPollGroup()
    sockets.onConnectionRequest(({ connection }) => {
        sockets.acceptConnection(connection)
        sockets.setConnectionPollGroup(connection, group)
    })
    const client = connect()
    sockets.sendMessage(client, Buffer.from('x'.repeat(5000)), 8)
    until(() => sockets.receiveMessagesOnPollGroup(group)[0]).then(({ data }) => {
        parentPort.postMessage({ text: data.toString(), identity: steam.core.getSteamId(), client,
            connections: sockets.getActiveConnections().length })
`

test('workers have their own connections and events, before, beside and after the main thread', async () => {
    const alone = await Promise.all([work(echo + 'steam.shutdown()\n})'), work(echo + '})')])
    for (const { text, connections } of alone) assert.deepEqual([text.length, connections], [5000, 2])
    steam.init({ appId: 480 })
    const changes = []
    const stop = sockets.onConnectionStateChange(change => changes.push(change.connection))
    const { client, server } = await pair()
    const beside = await Promise.all([work(echo + '})'), work(echo + '})'), work(echo + '})')])
    for (const { identity } of beside) assert.equal(identity, steam.core.getSteamId())
    steam.runCallbacks()
    assert.deepEqual([...new Set(changes)].sort(), [client, server].sort())
    assert.equal(new Set([...beside, ...alone].map(({ client }) => client)).size, 5)
    for (const end of beside) assert.equal(sockets.getConnectionInfo(end.client), null) // gone with its worker
    sockets.sendMessage(client, 'still here', 8)
    assert.equal((await messages(server, 1))[0].data.toString(), 'still here')
    stop()
    steam.shutdown()
    assert.equal((await work(echo + '})')).text.length, 5000)
})

test('a worker that is terminated takes its connections along', async () => {
    steam.init({ appId: 480 })
    const stay = echo + 'setInterval(() => steam.runCallbacks(), 1)\n})'
    for (let i = 0; i < 5; i++) {
        const { client } = await work(stay, 'terminate')
        assert.equal(sockets.getConnectionInfo(client), null)
    }
    steam.shutdown()
})

const descriptors = () => fs.readdirSync('/proc/self/fd').length
const threads = () => fs.readdirSync('/proc/self/task').length

test('200 starts and stops leave no descriptor and no thread behind', async () => {
    const round = () => {
        assert.equal(steam.init({ appId: 480 }), true)
        sockets.createListenSocketIP('127.0.0.1:0')
        sockets.createPollGroup()
        sockets.connectByIPAddress('127.0.0.1:9')
        steam.shutdown()
    }
    round()
    await new Promise(resolve => setImmediate(resolve))
    const before = [descriptors(), threads()]
    for (let i = 0; i < 200; i++) round()
    assert.deepEqual([descriptors(), threads()], before)
})

// A leak of one object for each of 200 000 messages, or of one for each of 40 000 events, shows as tens of megabytes. Ten
// rounds go before, in which pools and lists reach their size.
test('messages, events and infos do not stay', async () => {
    const result = await run(`
        const peers = new Set()
        sockets.onConnectionRequest(({ connection }) => { sockets.acceptConnection(connection); peers.add(connection) })
        sockets.onConnectionStateChange(({ connection, newState }) => {
            if (newState === 4 && peers.delete(connection)) sockets.closeConnection(connection)
        })
        const round = async client => {
            const [server] = peers
            for (let sent = 0, received = 0; received < 10000;) {
                while (sent < 10000 && sent - received < 500 && sockets.sendMessage(client, 'x'.repeat(100), 8) === 1) sent++
                received += (await until(() => { const some = sockets.receiveMessages(server, 1000); return some.length && some })).length
                sockets.getConnectionInfo(client)
                sockets.getQuickConnectionStatus(client)
                sockets.getDetailedConnectionStatus(client)
            }
            for (let i = 0; i < 500; i++) {
                const other = sockets.connectP2P(steam.core.getSteamId(), 5)
                sockets.closeConnection(other)
                steam.runCallbacks()
            }
        }
        const settle = async () => {
            for (let i = 0; i < 4; i++) { global.gc(); await new Promise(resolve => setImmediate(resolve)) }
            const { rss, heapUsed, external } = process.memoryUsage()
            return { rss, own: heapUsed + external }
        }
        ;(async () => {
            sockets.createListenSocketP2P(5)
            const client = connect()
            await until(() => peers.size === 1)
            for (let i = 0; i < 10; i++) await round(client)
            const before = await settle()
            for (let i = 0; i < 20; i++) await round(client)
            const after = await settle()
            console.log(JSON.stringify({ rss: after.rss - before.rss, own: after.own - before.own }))
            steam.shutdown()
        })()
    `, ['--expose-gc'])
    assert.equal(result.code, 0, result.stderr)
    const grown = JSON.parse(result.stdout)
    assert.ok(grown.own < 4e6, `JavaScript's memory has grown by ${grown.own} bytes`)
    // The address sanitizer keeps what is freed for a while.
    if (!process.env.FUMAROLE_SANITIZED) assert.ok(grown.rss < 36e6, `the process has grown by ${grown.rss} bytes`)
})
