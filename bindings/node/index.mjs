// The same for `import`: the class is the default, everything else has its name.
import Fumarole from './index.js'

export default Fumarole

export const {
    // the class by its names
    SteamworksSDK,

    // servers and connections as event emitters
    createServer,
    connect,
    Server,
    Connection,
    ConnectionError,

    // enumerations and constants
    EResult,
    ESteamNetworkingConnectionState,
    ESteamNetworkingSendFlags,
    ESteamNetConnectionEnd,
    ESteamNetworkingIdentityType,
    ESteamNetworkingAvailability,
    ESteamNetworkingFakeIPType,
    ESteamNetworkingConfigScope,
    ESteamNetworkingConfigDataType,
    ESteamNetworkingConfigValue,
    ESteamNetworkingGetConfigValueResult,
    ESteamNetworkingSocketsDebugOutputType,
    k_nSteamNetworkingSend_Unreliable,
    k_nSteamNetworkingSend_NoNagle,
    k_nSteamNetworkingSend_UnreliableNoNagle,
    k_nSteamNetworkingSend_NoDelay,
    k_nSteamNetworkingSend_UnreliableNoDelay,
    k_nSteamNetworkingSend_Reliable,
    k_nSteamNetworkingSend_ReliableNoNagle,
    k_nSteamNetworkingSend_UseCurrentThread,
    k_nSteamNetworkingSend_AutoRestartBrokenSession,
    k_ESteamNetConnectionEnd_Invalid,
    k_ESteamNetConnectionEnd_App_Min,
    k_ESteamNetConnectionEnd_App_Max,
    k_ESteamNetConnectionEnd_AppException_Min,
    k_ESteamNetConnectionEnd_AppException_Max,
    k_ESteamNetConnectionEnd_Local_Min,
    k_ESteamNetConnectionEnd_Local_Max,
    k_ESteamNetConnectionEnd_Remote_Min,
    k_ESteamNetConnectionEnd_Remote_Max,
    k_ESteamNetConnectionEnd_Misc_Min,
    k_ESteamNetConnectionEnd_Misc_Max,
    k_HSteamListenSocket_Invalid,
    k_HSteamNetConnection_Invalid,
    k_HSteamNetPollGroup_Invalid,
    k_cchSteamNetworkingMaxConnectionCloseReason,
    k_cchSteamNetworkingMaxConnectionDescription,
    k_nSteamNetworkConnectionInfoFlags_Unauthenticated,
    k_nSteamNetworkConnectionInfoFlags_Unencrypted,
    k_nSteamNetworkConnectionInfoFlags_LoopbackBuffers,
    k_nSteamNetworkConnectionInfoFlags_Fast,
    k_nSteamNetworkConnectionInfoFlags_Relayed,
    k_nSteamNetworkConnectionInfoFlags_DualWifi,
    MAX_PING_LOCATION_STRING_LENGTH,
    PING_FAILED,
    PING_UNKNOWN,
    ConnectionStateNames,
    NetworkingAvailabilityNames,

    // functions
    getAvailabilityName,
    popIdToString,
    stringToPopId
} = Fumarole

export { Fumarole }
