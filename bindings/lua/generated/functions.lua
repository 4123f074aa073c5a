-- Made by bindings/description/generate.py from lua.json; do not edit.
-- Every name that the module has, by the table that holds it.
return {
    ['Steam'] = {
        'init',
        'shutdown',
        'runCallbacks',
    },
    ['Steam.extra'] = {
        'parseUint64',
    },
    ['Steam.user'] = {
        'getSteamID',
    },
    ['Steam.networkingUtils'] = {
        'initRelayNetworkAccess',
        'getRelayNetworkStatus',
    },
    ['Steam.networkingSockets'] = {
        'createListenSocketP2P',
        'connectP2P',
        'createListenSocketIP',
        'connectByIPAddress',
        'acceptConnection',
        'closeConnection',
        'closeListenSocket',
        'sendMessageToConnection',
        'sendMessages',
        'flushMessagesOnConnection',
        'receiveMessagesOnConnection',
        'initAuthentication',
        'getAuthenticationStatus',
        'getConnectionInfo',
        'getIdentity',
        'createPollGroup',
        'destroyPollGroup',
        'setConnectionPollGroup',
        'receiveMessagesOnPollGroup',
    },
    ['Steam.fumarole'] = {
        'wait',
        'time',
        'setPacing',
        'getConnectionRealTimeStatus',
        'getDetailedConnectionStatus',
        'getListenSocketAddress',
        'setConfigValue',
    },
}
