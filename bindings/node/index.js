'use strict'

const enums = require('./generated/enums')
const events = require('./lib/events')
const utils = require('./lib/utils')
const { Fumarole } = require('./lib/fumarole')

module.exports = Object.assign(Fumarole, enums, events, {
    Fumarole,
    SteamworksSDK: Fumarole,
    getAvailabilityName: utils.getAvailabilityName,
    popIdToString: utils.popIdToString,
    stringToPopId: utils.stringToPopId,
    default: Fumarole
})
