'use strict'

// The class that programs start from. There is one object of it in each environment (main thread or worker); the library
// behind them is one for the process, starts with the first init and stops with the last shutdown.
const check = require('./check')
const dispatcher = require('./dispatcher')
const native = require('./addon')
const host = require('./host')
const { defaultIdentity, identityForm } = require('./identity')
const { NetworkingSockets } = require('./sockets')
const { NetworkingUtils } = require('./utils')

let instance = null
let making = false

class Core {
    #status

    constructor(status) {
        this.#status = status
    }

    /** The Steam ID of this process in decimal, '0' if it has none. */
    getSteamId() {
        return this.#status().steamId
    }

    isInitialized() {
        return this.#status().initialized
    }
}

class Fumarole {
    #appId = 0
    #initialized = false
    #error = ''

    constructor() {
        if (!making) throw new TypeError('Fumarole: there is one object; Fumarole.getInstance() returns it')
        this.networkingSockets = new NetworkingSockets()
        this.networkingUtils = new NetworkingUtils()
        this.core = new Core(() => this.getStatus())
    }

    static getInstance() {
        if (instance === null) {
            making = true
            try {
                instance = new Fumarole()
            } finally {
                making = false
            }
        }
        return instance
    }

    /** The version of the library. */
    static get version() {
        return native.version()
    }

    init(options = {}) {
        check.object(['init', 1, 'options'], options)
        const { appId = 0, identity, autoRunCallbacks = false } = options
        check.integer(['init', 1, 'options.appId'], appId, 0, 0xffffffff)
        check.truth(['init', 1, 'options.autoRunCallbacks'], autoRunCallbacks)
        const wanted = identity === undefined ? null : identityForm(['init', 1, 'options.identity'], identity)
        if (!this.#initialized) {
            const failure = native.init(wanted ?? defaultIdentity(), appId)
            if (failure !== null) {
                this.#error = failure
                return false
            }
        }
        const own = this.networkingSockets.getIdentityText()
        if (wanted !== null && own !== wanted) {
            if (!this.#initialized) native.shutdown() // the library, which others have started, goes on without us
            const error = new Error(`init: this process is ${own} already and cannot be ${wanted}`)
            error.code = 'ERR_FUMAROLE_IDENTITY'
            throw error
        }
        if (!this.#initialized) {
            this.#initialized = true
            this.#appId = appId
            this.#error = ''
        }
        if (autoRunCallbacks) host.loop.runAutomatically()
        return true
    }

    runCallbacks() {
        dispatcher.run()
    }

    /** With autoRunCallbacks: whether open connections and listen sockets keep the process alive. They do at first. */
    ref() {
        host.loop.setReferenced(true)
        return this
    }

    unref() {
        host.loop.setReferenced(false)
        return this
    }

    shutdown() {
        if (!this.#initialized) return
        host.loop.stop()
        native.shutdown()
        this.#initialized = false
        this.#appId = 0
        dispatcher.clear()
    }

    getStatus() {
        const identity = this.networkingSockets.getIdentity()
        return {
            initialized: this.#initialized,
            appId: this.#appId,
            steamId: identity === null ? '0' : identity.steamId,
            error: this.#error
        }
    }
}

host.startWith(() => {
    const steam = Fumarole.getInstance()
    return steam.init() ? '' : steam.getStatus().error
})

module.exports = { Fumarole }
