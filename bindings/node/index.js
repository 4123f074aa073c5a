'use strict'

const enums = require('./generated/enums')
const utils = require('./lib/utils')
const { Fumarole } = require('./lib/fumarole')

module.exports = Object.assign(Fumarole, enums, {
    Fumarole,
    SteamworksSDK: Fumarole,
    getAvailabilityName: utils.getAvailabilityName,
    popIdToString: utils.popIdToString,
    stringToPopId: utils.stringToPopId,
    default: Fumarole
})
