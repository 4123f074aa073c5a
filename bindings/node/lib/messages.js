'use strict'

// Receiving: turns what the addon has packed into objects. The layout is that of addon/message_records.h.
const native = require('./addon')

const BATCH = 256
const int32 = new Int32Array(native.records)
const uint32 = new Uint32Array(native.records)
const int64 = new BigInt64Array(native.records)

const COUNT = 0
const IDENTITIES = 1
const SENT_NUMBER = 1 // in 64-bit words
const FIRST_WORD = 16
const FIRST_LONG = 8
const WORDS = 12
const LONGS = 6

// A message whose payload is a Buffer of its own is rare; one of those comes after the identities.
function payload(packed, place, size) {
    if (place >= 0) return packed[0].subarray(place, place + size)
    return packed[int32[IDENTITIES] - place]
}

function unpack(packed, messages) {
    const count = int32[COUNT]
    for (let i = 0, word = FIRST_WORD + 6, long = FIRST_LONG; i < count; i++, word += WORDS, long += LONGS) {
        const size = int32[word + 1]
        const identity = packed[1 + int32[word + 5]]
        messages.push({
            data: payload(packed, int32[word + 4], size),
            size,
            connection: uint32[word],
            identity,
            channel: int32[word + 2],
            flags: int32[word + 3],
            messageNumber: int64[long],
            identityPeer: identity,
            connectionUserData: int64[long + 1],
            timeReceived: int64[long + 2]
        })
    }
    return count
}

/** Up to `max` messages of a connection or a poll group; none for a bad handle. One crossing for each 256. */
function receive(fromGroup, handle, max) {
    const messages = []
    while (messages.length < max) {
        const wanted = Math.min(max - messages.length, BATCH)
        const packed = native.receive(fromGroup, handle, wanted)
        if (typeof packed === 'number' || unpack(packed, messages) < wanted) break
    }
    return messages
}

/** The number of the message that send has just accepted, 0n if it was refused. */
function sentNumber() {
    return int64[SENT_NUMBER]
}

module.exports = { receive, sentNumber }
