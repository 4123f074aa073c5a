'use strict'

// One end of a connection as programs for Node know such things: an event emitter that can be iterated. Everything that
// the library says about it arrives through lib/loop.js; everything that it does goes through the natives in `host`.

const { EventEmitter } = require('node:events')
const { lookup } = require('node:dns')
const { isIP } = require('node:net')

const { EResult, ESteamNetworkingConnectionState: State, ESteamNetConnectionEnd: End } = require('../generated/enums')
const { Queue } = require('./queue')
const { WaitingLine, abortError } = require('./waiting_line')
const check = require('./event_arguments')

const QUEUE_LIMIT = 256 // messages that wait for an iteration before the rest is left to the library
const HIGH_WATER_MARK = 256 * 1024 // bytes that wait to be sent before send() says that it is enough
const FLAG = { noNagle: 1, noDelay: 4, reliable: 8 }
const FLUSHED_CHECK = { first: 5, most: 50 } // milliseconds between looks whether everything has arrived
const DEFAULT_REASON = 1000
const REASON_STOPPED = 2999

class ConnectionError extends Error {
    constructor(message, code, reason, options) {
        super(message, options)
        this.name = 'ConnectionError'
        this.code = code
        this.reason = reason
    }
}

// Why a connection that was not closed on purpose has ended.
function errorOf(info, wasOpen) {
    const text = info.endDebug || info.connectionDescription
    let code = 'EPROTO'
    if (info.endReason === End.Misc_Timeout || info.endReason === End.Remote_Timeout) code = 'ETIMEDOUT'
    else if (info.state === State.ClosedByPeer) code = wasOpen ? 'ECONNRESET' : 'ECONNREFUSED'
    return new ConnectionError(`${wasOpen ? 'the connection broke' : 'no connection'}: ${text}`, code, info.endReason)
}

class Connection extends EventEmitter {
    #host
    #handle = 0
    #state = 'connecting'
    #info = null // what the library said last
    #server
    #referenced = true
    #holds = false
    #paused = false
    #flowing = false
    #inbox = new WaitingLine()
    #iterated = false
    #backlog = new Queue() // reliable messages that the library had no room for, or no connection yet
    #backlogBytes = 0
    #unmeasured = 0 // bytes sent since the send queue was last looked at
    #needsDrain = false
    #highWaterMark
    #ending = null // what is to be reported once the last message is read
    #closing = null // code and reason of our own close(), while what was sent is on its way
    #closed
    #resolveClosed
    #signal
    #onAbort

    constructor(host, server, options) {
        super()
        this.#host = host
        this.#server = server
        this.#highWaterMark = options.highWaterMark ?? HIGH_WATER_MARK
        this.#closed = new Promise(resolve => { this.#resolveClosed = resolve })
        this.#hold()
        if (options.signal) this.#obey(options.signal)
    }

    // ---- what one can know ------------------------------------------------------------------------------------------

    // The number by which the class Fumarole knows this connection; 0 before there is one.
    get handle() {
        return this.#handle
    }

    // 'connecting', 'open', 'closing' or 'closed'
    get state() {
        return this.#state
    }

    // The server that it came in through, or null.
    get server() {
        return this.#server
    }

    // The peer's Steam ID in decimal, or another identity in its text form; '' until it is known.
    get identity() {
        return this.#info?.identityRemote ?? ''
    }

    // The peer's address and port, '' where there is none.
    get remoteAddress() {
        return this.#info?.addrRemote ?? ''
    }

    // Bytes that wait to be sent.
    get bufferedAmount() {
        return this.#backlogBytes + this.#pendingBytes()
    }

    // Ping, rates and queues as getQuickConnectionStatus gives them; null when there is no connection.
    get status() {
        return this.#handle ? this.#host.quickStatus(this.#handle) : null
    }

    // A page of text for people.
    describe() {
        return this.#handle ? this.#host.detailedStatus(this.#handle) : ''
    }

    // Resolves with the connection once it is open; rejects if it never is.
    get ready() {
        if (this.#state === 'open') return Promise.resolve(this)
        if (this.#state !== 'connecting') {
            return Promise.reject(new ConnectionError('the connection has ended', 'ERR_CONNECTION_CLOSED', 0))
        }
        return new Promise((resolve, reject) => {
            const settle = action => value => {
                this.off('connect', onConnect).off('error', onError).off('close', onClose)
                action(value)
            }
            const onConnect = settle(() => resolve(this))
            const onError = settle(reject)
            const onClose = settle(() => {
                reject(new ConnectionError('closed before it was open', 'ERR_CONNECTION_CLOSED', 0))
            })
            this.on('connect', onConnect).on('error', onError).on('close', onClose)
        })
    }

    // Resolves, always, with { code, reason, remote } when the connection is over.
    get closed() {
        return this.#closed
    }

    // ---- sending ----------------------------------------------------------------------------------------------------

    // True: go on. False: it is enough, 'drain' tells when there is room again. A reliable message is taken in either
    // case; an unreliable one may be dropped when there is no room. False, without an effect, once the connection has
    // begun to end.
    send(data, options) {
        const { bytes, flags, lane } = check.message('send', data, options)
        if (this.#state === 'closing' || this.#state === 'closed' || this.#ending) return false
        if (!this.#handle || this.#backlog.length) return this.#postpone(data, bytes, flags, lane)
        const result = this.#host.send(this.#handle, data, flags, lane)
        if (result === EResult.OK) {
            this.#unmeasured += bytes
            return this.#unmeasured <= this.#highWaterMark ? !this.#needsDrain : this.#measure()
        }
        if (result === EResult.LimitExceeded) return this.#postpone(data, bytes, flags, lane)
        if (result === EResult.InvalidParam && this.#host.exists(this.#handle)) throw check.refused(data, bytes, lane)
        return result === EResult.Ignored // NoDelay: not worth sending any more, and no reason to wait
    }

    // Whether there is room, by what the library says. Asking it each time would cost more than the message.
    #measure() {
        this.#unmeasured = this.#pendingBytes()
        if (this.#unmeasured > this.#highWaterMark) this.#needsDrain = true
        return !this.#needsDrain
    }

    #pendingBytes() {
        const status = this.status
        return status ? status.pendingReliable + status.pendingUnreliable : 0
    }

    #postpone(data, bytes, flags, lane) {
        this.#needsDrain ||= this.#handle !== 0 || this.#backlogBytes + bytes > this.#highWaterMark
        if (flags & FLAG.reliable || !this.#handle) {
            // Like the library, which copies: what the program does to its buffer afterwards must not be sent.
            this.#backlog.put({ data: typeof data === 'string' ? data : check.copy(data), bytes, flags, lane })
            this.#backlogBytes += bytes
        }
        return !this.#needsDrain
    }

    // False while there is still something that the library does not take.
    #sendBacklog() {
        while (this.#backlog.length) {
            const { data, bytes, flags, lane } = this.#backlog.first
            const result = this.#host.send(this.#handle, data, flags, lane)
            if (result === EResult.LimitExceeded) return false
            this.#backlog.take()
            this.#backlogBytes -= bytes
            this.#unmeasured += bytes
            if (result !== EResult.OK && flags & FLAG.reliable && !this.#ending) {
                const error = new ConnectionError(`a message was refused: ${EResult[result]}`, 'ERR_SEND_FAILED', 0)
                this.#host.call(() => this.emit('error', error))
            }
        }
        return true
    }

    #drained() {
        if (!this.#sendBacklog() || !this.#needsDrain) return
        this.#unmeasured = this.#pendingBytes()
        this.#needsDrain = false
        if (this.#state === 'open') this.#host.call(() => this.emit('drain'))
    }

    // Sends what waits to fill a packet.
    flush() {
        if (this.#handle) this.#host.flush(this.#handle)
    }

    // ---- receiving --------------------------------------------------------------------------------------------------

    // Leaves messages in the library from now on; when its buffers are full the peer has to wait.
    pause() {
        this.#paused = true
        this.#updateFlow()
        return this
    }

    resume() {
        this.#paused = false
        process.nextTick(() => this.#updateFlow())
        return this
    }

    isPaused() {
        return this.#paused
    }

    // The next message; undefined when the connection has been closed and everything is read.
    receive(options) {
        const signal = check.receiving('receive', options)
        if (signal?.aborted) return Promise.reject(abortError(signal))
        this.#iterated = true
        const message = this.#inbox.take(signal)
        this.#updateFlow()
        return message
    }

    // Leaving the loop early leaves the connection as it is.
    [Symbol.asyncIterator]() {
        return {
            next: async () => {
                const value = await this.receive()
                return { value, done: value === undefined }
            },
            return: async value => ({ value, done: true }),
            [Symbol.asyncIterator]() { return this }
        }
    }

    // Whether somebody listens decides whether messages flow. Not told by listeners of our own, which removeAllListeners
    // would remove with those of the program.

    on(event, listener) {
        super.on(event, listener)
        if (event === 'message') process.nextTick(() => this.#updateFlow())
        return this
    }

    addListener(event, listener) {
        return this.on(event, listener)
    }

    prependListener(event, listener) {
        super.prependListener(event, listener)
        if (event === 'message') process.nextTick(() => this.#updateFlow())
        return this
    }

    off(event, listener) {
        return this.removeListener(event, listener)
    }

    removeListener(event, listener) {
        super.removeListener(event, listener)
        if (event === 'message') this.#updateFlow()
        return this
    }

    removeAllListeners(...events) {
        super.removeAllListeners(...events)
        this.#updateFlow()
        return this
    }

    #updateFlow() {
        while (!this.#paused && this.#inbox.length && this.listenerCount('message')) {
            const message = this.#inbox.takeNow()
            this.#host.call(() => this.emit('message', message))
        }
        const flowing = this.#handle !== 0 && (this.#state === 'open' || this.#state === 'connecting') &&
            !this.#paused && this.#inbox.length < QUEUE_LIMIT && (this.#iterated || this.listenerCount('message') > 0)
        if (flowing !== this.#flowing && this.#handle) {
            this.#flowing = flowing
            this.#host.loop.setFlowing(this.#handle, flowing)
        }
        if (flowing && this.#ending) this.#host.loop.finish(this)
    }

    // A message that the loop has fetched.
    _deliver(message) {
        if (!this.#inbox.length && !this.#paused && this.listenerCount('message')) {
            this.#host.call(() => this.emit('message', message))
        } else {
            this.#inbox.put(message)
            if (this.#inbox.length >= QUEUE_LIMIT) this.#updateFlow()
        }
    }

    // ---- what the library reports -----------------------------------------------------------------------------------

    // There is a handle from now on.
    _attach(handle, info) {
        this.#handle = handle
        this.#info = info
        this.#host.dispatcher.claim(handle, event => this.#onEvent(event))
        this.#host.loop.add(handle, this)
        this.#host.setSendQueueMark(handle, this.#highWaterMark >> 1)
        this.#sendBacklog()
        this.#updateFlow()
    }

    #onEvent(event) {
        if (event.type === 'drained') this.#drained()
        if (event.type !== 'status') return
        if (event.info.state === State.None) return this.#onGone(event)
        this.#info = event.info
        if (event.info.state === State.Connected) this._opened()
        else if (event.info.state === State.ClosedByPeer || event.info.state === State.ProblemDetectedLocally) {
            this.#onEnd(event.info)
        }
    }

    _opened() {
        if (this.#state !== 'connecting') return
        this.#state = 'open'
        this.#info = this.#host.info(this.#handle) ?? this.#info
        if (this.#server) this.#server._opened(this)
        else this.#host.call(() => this.emit('connect'))
    }

    // The peer has closed, or something broke. What has arrived is still to be read.
    #onEnd(info) {
        if (this.#closing) return this.#closeNow(this.#closing)
        const wasOpen = this.#state === 'open'
        const failed = info.state === State.ProblemDetectedLocally || !wasOpen
        this.#ending = {
            code: info.endReason,
            reason: info.endDebug,
            remote: info.state === State.ClosedByPeer,
            error: failed ? errorOf(info, wasOpen) : null
        }
        this.#host.loop.finish(this)
    }

    // Reads what is left. True when it is done, and nobody needs to come back; with the program pausing, that is when it
    // resumes.
    _finish() {
        if (this.#state === 'closed') return true
        const nobody = !this.#paused && !this.#iterated && !this.listenerCount('message')
        let messages
        do {
            if (!nobody && (this.#paused || this.#inbox.length >= QUEUE_LIMIT)) return true
            messages = this.#host.loop.receiveFrom(this.#handle)
            if (!nobody) for (const message of messages) this._deliver(message)
        } while (messages.length)
        this.#closeHandle(0, '', false)
        this.#end(this.#ending)
        return true
    }

    // The handle is gone: by our own doing, or with the listen socket or the library.
    #onGone(event) {
        this.#host.dispatcher.release(event.connection)
        if (this.#state === 'closed') return
        this.#handle = 0
        this.#end(this.#closing ?? { code: event.info.endReason, reason: event.info.endDebug, remote: false })
    }

    _libraryStopped() {
        this.#handle = 0
        this.#end(this.#closing ?? { code: REASON_STOPPED, reason: 'the library was shut down', remote: false })
    }

    // ---- ending -----------------------------------------------------------------------------------------------------

    // Closes once the peer has everything that was sent reliably. Resolves with what `closed` does.
    close(code = DEFAULT_REASON, reason = '') {
        check.closing('close', code, reason)
        if (this.#state === 'open' && !this.#ending) {
            this.#state = 'closing'
            this.#closing = { code, reason, remote: false }
            this.#updateFlow()
            this.#closeWhenFlushed(FLUSHED_CHECK.first)
        } else if (this.#state === 'connecting' || this.#ending) {
            this.#closeNow(this.#ending ?? { code, reason, remote: false })
        }
        return this.#closed
    }

    // Closes at once; what is still on its way is lost. With an error, that is what an 'error' event reports.
    destroy(error) {
        check.error('destroy', error)
        if (this.#state === 'closed') return this
        this.#closeNow({ code: DEFAULT_REASON, reason: '', remote: false, error })
        return this
    }

    #closeWhenFlushed(delay) {
        if (this.#state === 'closed') return
        const status = this.#sendBacklog() && this.status
        if (status && status.pendingReliable + status.sentUnackedReliable === 0) return this.#closeNow(this.#closing)
        const timer = setTimeout(() => this.#closeWhenFlushed(Math.min(delay * 2, FLUSHED_CHECK.most)), delay)
        if (!this.#referenced) timer.unref()
    }

    #closeNow(ending) {
        this.#closeHandle(ending.code, ending.reason, true)
        this.#end(ending)
    }

    #closeHandle(code, reason, linger) {
        if (!this.#handle) return
        this.#host.loop.remove(this.#handle)
        this.#host.closeConnection(this.#handle, code, reason, linger)
        this.#handle = 0
    }

    // The last thing that happens, once. The program hears of it from a turn of its own.
    #end({ code, reason, remote, error }) {
        if (this.#state === 'closed') return
        this.#state = 'closed'
        this.#backlog.clear()
        this.#backlogBytes = 0
        this.#signal?.removeEventListener('abort', this.#onAbort)
        this.#server?._lost(this)
        process.nextTick(() => {
            this.#letGo()
            this.#inbox.close(error)
            this.#resolveClosed({ code, reason, remote })
            if (error && (this.listenerCount('error') || !this.#iterated)) this.#host.call(() => this.emit('error', error))
            this.#host.call(() => this.emit('close', code, reason))
        })
    }

    #obey(signal) {
        this.#signal = signal
        this.#onAbort = () => this.destroy(abortError(signal))
        if (signal.aborted) process.nextTick(this.#onAbort)
        else signal.addEventListener('abort', this.#onAbort, { once: true })
    }

    [Symbol.asyncDispose]() {
        return this.close()
    }

    // ---- keeping the process alive ----------------------------------------------------------------------------------

    ref() {
        this.#referenced = true
        if (this.#state !== 'closed') this.#hold()
        return this
    }

    unref() {
        this.#referenced = false
        this.#letGo()
        return this
    }

    #hold() {
        if (!this.#holds) this.#host.loop.hold()
        this.#holds = true
    }

    #letGo() {
        if (this.#holds) this.#host.loop.letGo()
        this.#holds = false
    }
}

// Opens a connection to what event_arguments.connectTarget returns.
function open(host, target, options) {
    const connection = new Connection(host, null, options)
    const begin = make => {
        if (connection.state !== 'connecting') return
        try {
            host.start()
            const handle = make()
            if (handle) return connection._attach(handle, host.info(handle))
        } catch (error) {
            return connection.destroy(error)
        }
        const text = `cannot connect to ${target.text}: ${target.why}`
        connection.destroy(new ConnectionError(text, 'ERR_CONNECT_FAILED', 0))
    }
    const toAddress = address => {
        const text = isIP(address) === 6 ? `[${address}]:${target.port}` : `${address}:${target.port}`
        begin(() => host.connectByIPAddress(text, options.config))
    }
    if (target.identity !== undefined) {
        process.nextTick(begin, () => host.connectP2P(target.identity, target.virtualPort, options.config))
    } else if (isIP(target.host)) {
        process.nextTick(toAddress, target.host)
    } else {
        lookup(target.host, { family: options.family ?? 0, verbatim: false }, (error, address) => {
            if (error) connection.destroy(error)
            else toAddress(address)
        })
    }
    return connection
}

module.exports = { Connection, ConnectionError, open }
