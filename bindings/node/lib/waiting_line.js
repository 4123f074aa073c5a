'use strict'

// A line in which values wait for takers, or takers for values: what asynchronous iteration over events stands on.
// Closing it lets the values that wait be taken; takers after that get undefined, or the error it was closed with.

class WaitingLine {
    #values = []
    #takers = []
    #closed = false
    #error = null

    get length() {
        return this.#values.length
    }

    get wanted() {
        return this.#takers.length > 0
    }

    put(value) {
        const taker = this.#takers.shift()
        if (taker) taker.resolve(value)
        else this.#values.push(value)
    }

    // A value that waits no more.
    remove(value) {
        const place = this.#values.indexOf(value)
        if (place >= 0) this.#values.splice(place, 1)
    }

    // The oldest value at once, or undefined.
    takeNow() {
        return this.#values.shift()
    }

    take(signal) {
        if (this.#values.length) return Promise.resolve(this.#values.shift())
        if (this.#closed) return this.#error ? Promise.reject(this.#error) : Promise.resolve(undefined)
        return new Promise((resolve, reject) => {
            const taker = { resolve, reject }
            if (signal) {
                const abort = () => {
                    this.#takers.splice(this.#takers.indexOf(taker), 1)
                    reject(abortError(signal))
                }
                taker.resolve = value => { signal.removeEventListener('abort', abort); resolve(value) }
                taker.reject = error => { signal.removeEventListener('abort', abort); reject(error) }
                signal.addEventListener('abort', abort, { once: true })
            }
            this.#takers.push(taker)
        })
    }

    close(error = null) {
        if (this.#closed) return
        this.#closed = true
        this.#error = error
        for (const taker of this.#takers.splice(0)) {
            if (error) taker.reject(error)
            else taker.resolve(undefined)
        }
    }
}

function abortError(signal) {
    const error = new Error('The operation was aborted', { cause: signal.reason })
    error.name = 'AbortError'
    error.code = 'ABORT_ERR'
    return error
}

module.exports = { WaitingLine, abortError }
