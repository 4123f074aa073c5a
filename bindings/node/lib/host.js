'use strict'

// What servers and connections (lib/server.js, lib/connection.js) may use of the rest: the addon's functions under the
// names that fit there, the loop that wakes them, and the object of the class Fumarole, which they start if need be.

const native = require('./addon')
const config = require('./config')
const dispatcher = require('./dispatcher')
const messages = require('./messages')
const { Loop } = require('./loop')
const { identityForm } = require('./identity')

const loop = new Loop(native, dispatcher, messages.receive)
let startLibrary // set by lib/fumarole.js, which stands on this file

module.exports = {
    loop,
    dispatcher,

    // How the library is started: a function that returns why it cannot be, or ''.
    startWith(starter) {
        startLibrary = starter
    },

    // Starts the library and the loop, unless they run.
    start() {
        const failure = startLibrary()
        if (failure) throw Object.assign(new Error(failure), { code: 'ERR_FUMAROLE_INIT' })
        loop.start()
    },

    call: action => loop.call(action),

    // What a program passes, in the form that the functions below take; an error says what is wrong with it.
    configForm: (name, value) => config.options(name, 1, value),
    identityForm: identity => identityForm(['connect', 1, 'options.identity'], identity),

    createListenSocketIP: (address, options) => native.createListenSocketIP(address, options),
    createListenSocketP2P: (port, options) => native.createListenSocketP2P(port, options),
    listenAddress: socket => native.getListenSocketAddress(socket),
    closeListenSocket: socket => native.closeListenSocket(socket),

    connectByIPAddress: (address, options) => native.connectByIPAddress(address, options),
    connectP2P: (identity, virtualPort, options) => native.connectP2P(identity, virtualPort, options),
    acceptConnection: connection => native.acceptConnection(connection),
    closeConnection(connection, code, reason, linger) {
        return native.closeConnection(connection, code, reason, linger)
    },

    send: (connection, data, flags, lane) => native.send(connection, data, flags, lane),
    flush: connection => native.flushMessages(connection),
    setSendQueueMark: (connection, bytes) => native.setSendQueueMark(connection, bytes),

    info: connection => native.getConnectionInfo(connection),
    exists: connection => native.connectionState(connection) !== 0,
    quickStatus: connection => native.getConnectionRealTimeStatus(connection),
    detailedStatus: connection => native.getDetailedConnectionStatus(connection)
}
