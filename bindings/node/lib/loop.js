'use strict'

// Fetches what waits when it waits: the library's descriptors wake this file (addon/watcher.h), which runs the
// callbacks, hands the messages of its poll group to their connections, and arms the watcher again. There is one for
// each environment; it runs from the first use on until the library is shut down.

const CONNECTION = 0 // as in process.h
const LISTEN_SOCKET = 1
const MESSAGES_AT_ONCE = 256
const BATCHES_AT_ONCE = 16 // then the rest of the program gets its turn

class Loop {
    #native
    #dispatcher
    #receive
    #group = 0
    #running = false
    #holds = 0
    #automatic = false // the class Fumarole leaves its callbacks to this loop
    #referenced = true
    #reconsidering = false
    #afterTurn = []
    #connections = new Map() // by handle, those that take part
    #servers = new Set()
    #ended = new Set() // connections that have ended and may have messages left
    #errors = []

    constructor(native, dispatcher, receive) {
        this.#native = native
        this.#dispatcher = dispatcher
        this.#receive = receive
    }

    get running() {
        return this.#running
    }

    start() {
        if (this.#running) return
        this.#native.watchStart(() => this.turn())
        this.#running = true
        this.#group = this.#native.createPollGroup()
        this.#dispatcher.claim(this.#group, () => {}) // so that closeAll leaves it alone
        this.#native.watchArm(this.#group)
        this.#keepAlive()
    }

    // Before the library is shut down: everybody is told, and nobody can come back by a handle.
    stop() {
        if (!this.#running) return
        this.#running = false
        this.#automatic = false
        this.#native.watchStop()
        this.#group = 0
        const everybody = [...this.#connections.values(), ...this.#servers]
        this.#connections.clear()
        this.#servers.clear()
        this.#ended.clear()
        for (const one of everybody) one._libraryStopped()
    }

    // As long as somebody holds it the loop keeps the process alive.
    hold() {
        if (this.#holds++ === 0) this.#keepAlive()
    }

    letGo() {
        if (--this.#holds === 0) this.#keepAlive()
    }

    #keepAlive() {
        if (!this.#running) return
        this.#native.watchKeepAlive(this.#holds > 0 || (this.#automatic && this.#referenced && this.#anythingOpen()))
    }

    // From now on the callbacks of the class Fumarole run by themselves, and what it has open keeps the process alive.
    runAutomatically() {
        this.start()
        this.#automatic = true
        this.reconsider()
    }

    setReferenced(referenced) {
        this.#referenced = referenced
        this.#keepAlive()
    }

    // Something was opened or closed by its handle: whether the process has to stay may be another question now.
    reconsider() {
        if (!this.#automatic || this.#reconsidering) return
        this.#reconsidering = true
        setImmediate(() => {
            this.#reconsidering = false
            this.#keepAlive()
        })
    }

    #anythingOpen() {
        const own = handle => !this.#dispatcher.isClaimed(handle)
        return this.#native.owned(CONNECTION).some(own) || this.#native.owned(LISTEN_SOCKET).some(own)
    }

    add(handle, connection) {
        this.#connections.set(handle, connection)
    }

    remove(handle) {
        this.#connections.delete(handle)
    }

    addServer(server) {
        this.#servers.add(server)
    }

    removeServer(server) {
        this.#servers.delete(server)
    }

    // Whether messages of the connection are to be delivered, or left in the library, which then holds up the sender.
    setFlowing(handle, flowing) {
        this.#native.setConnectionPollGroup(handle, flowing ? this.#group : 0)
    }

    // The connection has ended; it will be finished when its messages are through.
    finish(connection) {
        this.#ended.add(connection)
        if (this.#running) this.#native.watchArm(this.#group)
    }

    // Runs what belongs to the program. An error there must not keep others from their events; it is thrown at the end
    // of the turn, as an uncaught one.
    call(action) {
        try {
            action()
        } catch (error) {
            this.#errors.push(error)
            if (this.#errors.length === 1) process.nextTick(() => this.#throwErrors())
        }
    }

    #throwErrors() {
        const [first, ...others] = this.#errors.splice(0)
        for (const error of others) process.nextTick(() => { throw error })
        throw first
    }

    turn() {
        if (!this.#running) return
        this.call(() => this.#dispatcher.run())
        let more = this.#running
        for (let batch = 0; more && batch < BATCHES_AT_ONCE; batch++) {
            const messages = this.#receive(true, this.#group, MESSAGES_AT_ONCE)
            for (const message of messages) this.#connections.get(message.connection)?._deliver(message)
            more = this.#running && messages.length === MESSAGES_AT_ONCE
        }
        for (const connection of this.#ended) {
            if (connection._finish()) this.#ended.delete(connection)
        }
        for (const action of this.#afterTurn.splice(0)) action()
        this.reconsider()
        if (this.#running) this.#native.watchArm(this.#group)
    }

    // Once everything that has happened so far is delivered.
    later(action) {
        this.#afterTurn.push(action)
    }

    receiveFrom(handle) {
        return this.#receive(false, handle, MESSAGES_AT_ONCE)
    }
}

module.exports = { Loop }
