'use strict'

// networkingSockets: the functions of the published page, those of the later one, and our own additions. Each checks its
// arguments and passes them on. docs/bindings/node.md describes them, index.d.ts has their types.
const check = require('./check')
const config = require('./config')
const dispatcher = require('./dispatcher')
const messages = require('./messages')
const native = require('./addon')
const { loop } = require('./host')
const { identityForm } = require('./identity')

const OK = 1
const RELIABLE = 8
const UNRELIABLE = 0
const STEAM_ID = 16
const CONNECTION = 0
const LISTEN_SOCKET = 1
const POLL_GROUP = 2
const MAX_INT32 = 0x7fffffff

function connectionOf(name, value) {
    return check.handle([name, 1, 'connection'], value)
}

function virtualPortOf(name, position, value) {
    return check.integer([name, position, 'virtualPort'], value, 0, 65535)
}

function addressOf(name, value, portRequired) {
    const where = [name, 1, 'address']
    const expected = portRequired ? "an address with a port ('127.0.0.1:27015', '[::1]:27015')"
        : "an address ('0.0.0.0:27015', '[::]:27015'; port 0: any free one)"
    if (typeof value !== 'string') throw check.wrongType(where, expected, value)
    const form = value.includes('\0') ? null : native.addressForm(value)
    if (form === null || (portRequired && form.endsWith(':0'))) throw check.wrongValue(where, expected, value)
    return form
}

function send(name, connection, data, flags, lane) {
    return native.send(connectionOf(name, connection), check.payload([name, 2, 'data'], data),
        check.integer([name, 3, 'flags'], flags, 0, MAX_INT32), check.integer([name, 4, 'lane'], lane, 0, 65535))
}

function sendResult(result) {
    return { success: result === OK, result, messageNumber: messages.sentNumber() }
}

// What was opened or closed can decide whether the process stays; see autoRunCallbacks.
function reconsidered(result) {
    loop.reconsider()
    return result
}

function isActive(connection) {
    const state = native.connectionState(connection)
    return state >= 1 && state <= 3
}

class NetworkingSockets {
    // ---- listening and connecting

    createListenSocketP2P(virtualPort, options = undefined) {
        const port = virtualPort === undefined ? 0 : virtualPortOf('createListenSocketP2P', 1, virtualPort)
        return reconsidered(native.createListenSocketP2P(port, config.options('createListenSocketP2P', 2, options)))
    }

    createListenSocketIP(address, options = undefined) {
        return reconsidered(native.createListenSocketIP(addressOf('createListenSocketIP', address, false),
            config.options('createListenSocketIP', 2, options)))
    }

    getListenSocketAddress(listenSocket) {
        return native.getListenSocketAddress(check.handle(['getListenSocketAddress', 1, 'listenSocket'], listenSocket))
    }

    closeListenSocket(listenSocket) {
        return reconsidered(native.closeListenSocket(check.handle(['closeListenSocket', 1, 'listenSocket'], listenSocket)))
    }

    connectP2P(steamIdRemote, virtualPort, options = undefined) {
        const identity = identityForm(['connectP2P', 1, 'steamIdRemote'], steamIdRemote)
        const port = virtualPort === undefined ? 0 : virtualPortOf('connectP2P', 2, virtualPort)
        return reconsidered(native.connectP2P(identity, port, config.options('connectP2P', 3, options)))
    }

    connectByIPAddress(address, options = undefined) {
        return reconsidered(native.connectByIPAddress(addressOf('connectByIPAddress', address, true),
            config.options('connectByIPAddress', 2, options)))
    }

    acceptConnection(connection) {
        return native.acceptConnection(connectionOf('acceptConnection', connection)) === OK
    }

    acceptConnectionResult(connection) {
        return native.acceptConnection(connectionOf('acceptConnectionResult', connection))
    }

    closeConnection(connection, reason, debug, enableLinger) {
        const name = 'closeConnection'
        return reconsidered(native.closeConnection(connectionOf(name, connection),
            reason === undefined ? 0 : check.integer([name, 2, 'reason'], reason, -MAX_INT32, MAX_INT32),
            debug === undefined ? '' : check.text([name, 3, 'debug'], debug),
            enableLinger === undefined ? false : check.truth([name, 4, 'enableLinger'], enableLinger)))
    }

    // ---- messages

    sendMessage(connection, data, flags, lane = 0) {
        return send('sendMessage', connection, data, flags === undefined ? RELIABLE : flags, lane)
    }

    sendMessageEx(connection, data, flags, lane = 0) {
        return sendResult(send('sendMessageEx', connection, data, flags === undefined ? RELIABLE : flags, lane))
    }

    sendReliable(connection, data) {
        return sendResult(send('sendReliable', connection, data, RELIABLE, 0))
    }

    sendUnreliable(connection, data) {
        return sendResult(send('sendUnreliable', connection, data, UNRELIABLE, 0))
    }

    receiveMessages(connection, maxMessages = 100) {
        return messages.receive(false, connectionOf('receiveMessages', connection),
            check.integer(['receiveMessages', 2, 'maxMessages'], maxMessages, 0, MAX_INT32))
    }

    flushMessagesOnConnection(connection) {
        return native.flushMessages(connectionOf('flushMessagesOnConnection', connection))
    }

    flushMessages(connection) {
        return native.flushMessages(connectionOf('flushMessages', connection))
    }

    configureConnectionLanes(connection, lanes) {
        const name = 'configureConnectionLanes'
        connectionOf(name, connection)
        if (!Array.isArray(lanes)) throw check.wrongType([name, 2, 'lanes'], 'an array of { priority, weight }', lanes)
        if (lanes.length > 255) throw check.outOfRange([name, 2, 'lanes'], 'an array of at most 255', lanes)
        const priorities = []
        const weights = []
        for (const [index, lane] of lanes.entries()) {
            const { priority = 0, weight = 1 } = lane ?? {}
            priorities.push(check.integer([name, 2, `lanes[${index}].priority`], priority, -MAX_INT32, MAX_INT32))
            weights.push(check.integer([name, 2, `lanes[${index}].weight`], weight, 0, 65535))
        }
        return native.configureConnectionLanes(connection, priorities, weights)
    }

    // ---- poll groups

    createPollGroup() {
        return native.createPollGroup()
    }

    destroyPollGroup(pollGroup) {
        return native.destroyPollGroup(check.handle(['destroyPollGroup', 1, 'pollGroup'], pollGroup))
    }

    setConnectionPollGroup(connection, pollGroup) {
        return native.setConnectionPollGroup(connectionOf('setConnectionPollGroup', connection),
            check.handle(['setConnectionPollGroup', 2, 'pollGroup'], pollGroup))
    }

    receiveMessagesOnPollGroup(pollGroup, maxMessages = 100) {
        return messages.receive(true, check.handle(['receiveMessagesOnPollGroup', 1, 'pollGroup'], pollGroup),
            check.integer(['receiveMessagesOnPollGroup', 2, 'maxMessages'], maxMessages, 0, MAX_INT32))
    }

    // ---- about a connection

    getConnectionInfo(connection) {
        return native.getConnectionInfo(connectionOf('getConnectionInfo', connection))
    }

    getDetailedConnectionStatus(connection) {
        return native.getDetailedConnectionStatus(connectionOf('getDetailedConnectionStatus', connection))
    }

    getQuickConnectionStatus(connection) {
        return native.getConnectionRealTimeStatus(connectionOf('getQuickConnectionStatus', connection))
    }

    getConnectionRealTimeStatus(connection) {
        return native.getConnectionRealTimeStatus(connectionOf('getConnectionRealTimeStatus', connection))
    }

    getConnectionUserData(connection) {
        return native.getConnectionUserData(connectionOf('getConnectionUserData', connection))
    }

    setConnectionUserData(connection, userData) {
        return native.setConnectionUserData(connectionOf('setConnectionUserData', connection),
            check.wide(['setConnectionUserData', 2, 'userData'], userData))
    }

    getConnectionName(connection) {
        return native.getConnectionName(connectionOf('getConnectionName', connection)) ?? ''
    }

    setConnectionName(connection, connectionName) {
        native.setConnectionName(connectionOf('setConnectionName', connection),
            check.text(['setConnectionName', 2, 'name'], connectionName))
    }

    setConnectionConfigValue(connection, configKey, value) {
        connectionOf('setConnectionConfigValue', connection)
        return config.set('setConnectionConfigValue', 2, connection, configKey, value)
    }

    getConnectionConfigValue(connection, configKey, isFloat = false) {
        connectionOf('getConnectionConfigValue', connection)
        check.truth(['getConnectionConfigValue', 3, 'isFloat'], isFloat)
        return config.get('getConnectionConfigValue', 2, connection, configKey)
    }

    // ---- this host

    getIdentity() {
        const identity = native.getIdentity()
        if (identity === null || identity.type !== STEAM_ID) return null
        const result = { steamId: identity.text, type: identity.type }
        Object.defineProperty(result, 'toString', { value: () => identity.text })
        return result
    }

    getIdentityText() {
        const identity = native.getIdentity()
        if (identity === null) return ''
        return identity.type === STEAM_ID ? `steamid:${identity.text}` : identity.text
    }

    initAuthentication() {
        return native.initAuthentication()
    }

    getAuthenticationStatus() {
        return native.getAuthenticationStatus().availability
    }

    getAuthenticationStatusText() {
        return native.getAuthenticationStatus().debugMessage
    }

    // ---- what happens

    runCallbacks() {
        dispatcher.run()
    }

    onConnectionStateChange(handler) {
        return dispatcher.add('change', check.callable(['onConnectionStateChange', 1, 'handler'], handler))
    }

    onConnectionRequest(handler) {
        return dispatcher.add('request', check.callable(['onConnectionRequest', 1, 'handler'], handler))
    }

    onAuthenticationStatus(handler) {
        return dispatcher.add('authentication', check.callable(['onAuthenticationStatus', 1, 'handler'], handler))
    }

    getPendingStateChanges() {
        return dispatcher.takePending('change')
    }

    getPendingConnectionRequests() {
        return dispatcher.takePending('request')
    }

    // ---- what there is

    getActiveConnections() {
        return native.owned(CONNECTION).filter(isActive)
    }

    isConnectionActive(connection) {
        return isActive(connectionOf('isConnectionActive', connection))
    }

    getActiveListenSockets() {
        return native.owned(LISTEN_SOCKET)
    }

    // What createServer and connect have made is not of this kind, and stays.
    closeAll() {
        const own = handle => !dispatcher.isClaimed(handle)
        for (const connection of native.owned(CONNECTION).filter(own)) {
            native.closeConnection(connection, 0, 'Shutting down', false)
        }
        for (const socket of native.owned(LISTEN_SOCKET).filter(own)) native.closeListenSocket(socket)
        for (const group of native.owned(POLL_GROUP).filter(own)) native.destroyPollGroup(group)
        loop.reconsider()
    }
}

module.exports = { NetworkingSockets }
