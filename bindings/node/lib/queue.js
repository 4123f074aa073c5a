'use strict'

// First in, first out, however many there are: shift of a long array moves all the others each time.

const ROOM = 1024 // taken ones that may stay in front

class Queue {
    #items = []
    #head = 0

    get length() {
        return this.#items.length - this.#head
    }

    get first() {
        return this.#items[this.#head]
    }

    put(item) {
        this.#items.push(item)
    }

    /** The first, which is there no more then; undefined if there is none. */
    take() {
        const item = this.#items[this.#head]
        if (item === undefined) return undefined
        this.#items[this.#head++] = undefined
        if (this.#head === this.#items.length) this.clear()
        else if (this.#head >= ROOM && this.#head * 2 >= this.#items.length) {
            this.#items = this.#items.slice(this.#head)
            this.#head = 0
        }
        return item
    }

    clear() {
        this.#items = []
        this.#head = 0
    }
}

module.exports = { Queue }
