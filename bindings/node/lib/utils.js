'use strict'

// networkingUtils: the relay network, ping times, the clock and diagnostic output.
const check = require('./check')
const config = require('./config')
const dispatcher = require('./dispatcher')
const native = require('./addon')
const { ESteamNetworkingAvailability } = require('../generated/enums')

/** The name of an ESteamNetworkingAvailability, 'Unknown' for any other number. */
function getAvailabilityName(availability) {
    check.integer(['getAvailabilityName', 1, 'availability'], availability, -0x80000000, 0x7fffffff)
    const name = ESteamNetworkingAvailability[availability]
    return typeof name === 'string' ? name : 'Unknown'
}

/** The code of a data centre as text: the bytes are c b a and d, from the lowest, so that 'sto2' is 0x3273746f. */
function popIdToString(popId) {
    check.integer(['popIdToString', 1, 'popId'], popId, 0, 0xffffffff)
    const bytes = [popId >>> 16 & 255, popId >>> 8 & 255, popId & 255, popId >>> 24]
    return String.fromCharCode(...bytes.filter(byte => byte !== 0))
}

function popNumber(where, code) {
    if (!/^[\x21-\x7e]{3,4}$/.test(code)) throw check.wrongValue(where, 'a code of three or four characters', code)
    const [a, b, c, d] = [0, 1, 2, 3].map(index => code.length > index ? code.charCodeAt(index) : 0)
    return (a << 16 | b << 8 | c | d << 24) >>> 0
}

/** The inverse. */
function stringToPopId(code) {
    const where = ['stringToPopId', 1, 'code']
    return popNumber(where, check.text(where, code))
}

/** A data centre as programs name it: number, code, or an entry of getPOPList. */
function popOf(name, value) {
    const where = [name, 1, 'pop']
    const given = typeof value === 'object' && value !== null ? value.popId : value
    if (typeof given === 'string') return popNumber(where, given)
    if (typeof given !== 'number') throw check.wrongType(where, 'a code (string), its number or an entry of getPOPList', value)
    return check.integer(where, given, 0, 0xffffffff)
}

function locationOf(name, position, argument, value) {
    const given = typeof value === 'object' && value !== null ? value.locationString : value
    if (typeof given !== 'string') {
        throw check.wrongType([name, position, argument], 'a location (string, or what getLocalPingLocation returns)', value)
    }
    return given
}

function estimate(ping) {
    const valid = ping !== null && ping >= 0
    const result = { pingMs: ping === null ? -1 : ping, valid, isValid: valid }
    if (ping === null) result.error = 'this is no location'
    else if (!valid) result.error = ping === -1 ? 'trouble with the network' : 'there is no data'
    return result
}

function relayStatus(status) {
    return {
        ...status,
        availabilityName: getAvailabilityName(status.availability),
        availableConfig: status.networkConfigAvailability,
        availableRelay: status.anyRelayAvailability
    }
}

class NetworkingUtils {
    initRelayNetworkAccess() {
        native.initRelayNetworkAccess()
        return true
    }

    getRelayNetworkStatus() {
        return relayStatus(native.getRelayNetworkStatus())
    }

    onRelayNetworkStatus(handler) {
        check.callable(['onRelayNetworkStatus', 1, 'handler'], handler)
        return dispatcher.add('relay', status => handler(relayStatus(status)))
    }

    getLocalPingLocation() {
        return native.getLocalPingLocation()
    }

    estimatePingBetweenLocations(location1, location2) {
        const name = 'estimatePingBetweenLocations'
        return estimate(native.estimatePing(locationOf(name, 1, 'location1', location1),
            locationOf(name, 2, 'location2', location2)))
    }

    estimatePingFromString(locationString) {
        return estimate(native.estimatePing(locationOf('estimatePingFromString', 1, 'locationString', locationString),
            undefined))
    }

    checkPingDataUpToDate(maxAgeSeconds) {
        return native.checkPingDataUpToDate(check.finite(['checkPingDataUpToDate', 1, 'maxAgeSeconds'], maxAgeSeconds))
    }

    getPOPCount() {
        return native.getPOPCount()
    }

    getPOPList() {
        return native.getPOPList().map(popId => ({ popId, popCode: popIdToString(popId) }))
    }

    getPingToDataCenter(pop) {
        const { pingMs, viaRelayPOP } = native.getPingToDataCenter(popOf('getPingToDataCenter', pop))
        return pingMs < 0 ? null : { pingMs, viaRelayPOP }
    }

    getDirectPingToPOP(pop) {
        return native.getDirectPingToPOP(popOf('getDirectPingToPOP', pop))
    }

    setGlobalConfigValue(configKey, value) {
        return config.set('setGlobalConfigValue', 1, null, configKey, value)
    }

    getGlobalConfigValue(configKey) {
        return config.get('getGlobalConfigValue', 1, null, configKey)
    }

    getLocalTimestamp() {
        return native.getLocalTimestamp()
    }

    setDebugOutputLevel(level) {
        native.setDebugOutputLevel(check.integer(['setDebugOutputLevel', 1, 'level'], level, 0, 8))
    }
}

module.exports = { NetworkingUtils, getAvailabilityName, popIdToString, stringToPopId }
