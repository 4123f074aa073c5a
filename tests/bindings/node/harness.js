'use strict'

// What the tests share: the library, two ends of a connection, and waiting for something to become true. Nothing here
// sleeps for a fixed time or names a port; a test that waits in vain is ended by its timeout in CMakeLists.txt.
const path = require('node:path')

const root = path.join(__dirname, '..', '..', '..', 'bindings', 'node')
const Fumarole = require(root)
const steam = Fumarole.getInstance()
const sockets = steam.networkingSockets
const native = require(path.join(root, 'lib', 'addon.js'))

const pause = () => new Promise(resolve => setTimeout(resolve, 1))

/** Runs callbacks until the condition gives something true, and returns that. */
async function until(condition) {
    for (;;) {
        steam.runCallbacks()
        const result = condition()
        if (result) return result
        await pause()
    }
}

/** Receives from a connection until there are `count` messages. */
async function messages(connection, count) {
    const received = []
    await until(() => {
        received.push(...sockets.receiveMessages(connection))
        return received.length >= count
    })
    return received
}

/**
 * A listen socket and a connection to it, the other end not accepted: { listen, client, server, close }.
 * `how` is 'ip' or 'p2p'.
 */
async function request(how = 'ip', options = undefined) {
    const requests = []
    const stop = sockets.onConnectionRequest(event => requests.push(event))
    const listen = how === 'ip' ? sockets.createListenSocketIP('127.0.0.1:0', options) : sockets.createListenSocketP2P(7, options)
    const client = how === 'ip' ? sockets.connectByIPAddress(sockets.getListenSocketAddress(listen), options)
        : sockets.connectP2P(steam.core.getSteamId(), 7, options)
    const { connection: server } = await until(() => requests.find(event => event.listenSocket === listen))
    stop()
    const close = () => {
        sockets.closeConnection(client)
        sockets.closeConnection(server)
        sockets.closeListenSocket(listen)
        steam.runCallbacks()
    }
    return { listen, client, server, close }
}

const state = connection => sockets.getConnectionInfo(connection)?.state ?? 0

/** The same, accepted and connected. */
async function pair(how = 'ip', options = undefined) {
    const ends = await request(how, options)
    sockets.acceptConnection(ends.server)
    await until(() => state(ends.client) === 3 && state(ends.server) === 3)
    return ends
}

module.exports = { Fumarole, steam, sockets, native, root, until, pause, messages, request, pair, state }
