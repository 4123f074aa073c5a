/*
 * Result codes of calls and reason codes of ended connections.
 *
 * The numbers are part of the binary interface. EResult is shared with other Steam interfaces, so most of its values
 * never come out of this library; those that do carry a comment.
 */
#ifndef FUMAROLE_RESULTS_H
#define FUMAROLE_RESULTS_H

typedef enum EResult {
    k_EResultNone = 0,
    k_EResultOK = 1, /* success */
    /* allocation failure, no transport, functions that need a backend that is absent, session creation failure */
    k_EResultFail = 2,
    k_EResultNoConnection = 3, /* connection already ended, or the handle is invalid in status and lane calls */
    k_EResultInvalidPassword = 5,
    k_EResultLoggedInElsewhere = 6,
    k_EResultInvalidProtocolVer = 7,
    /* bad handle, message too large, bad lane index or lane set-up, accepting a connection that was initiated
     * locally */
    k_EResultInvalidParam = 8,
    k_EResultFileNotFound = 9,
    k_EResultBusy = 10,         /* FakeIP request not finished */
    k_EResultInvalidState = 11, /* call does not fit the connection state */
    k_EResultInvalidName = 12,
    k_EResultInvalidEmail = 13,
    k_EResultDuplicateName = 14,
    k_EResultAccessDenied = 15,
    k_EResultTimeout = 16,
    k_EResultBanned = 17,
    k_EResultAccountNotFound = 18,
    k_EResultInvalidSteamID = 19,
    k_EResultServiceUnavailable = 20,
    k_EResultNotLoggedOn = 21, /* coordinator login without identity */
    k_EResultPending = 22,     /* authentication data not available yet */
    k_EResultEncryptionFailure = 23,
    k_EResultInsufficientPrivilege = 24,
    k_EResultLimitExceeded = 25, /* send buffer full, too many FakeIP ports */
    k_EResultRevoked = 26,
    k_EResultExpired = 27,
    k_EResultAlreadyRedeemed = 28,
    k_EResultDuplicateRequest = 29, /* symmetric connection already accepted */
    k_EResultAlreadyOwned = 30,
    k_EResultIPNotFound = 31, /* connection does not use FakeIP */
    k_EResultPersistFailed = 32,
    k_EResultLockingFailed = 33,
    k_EResultLogonSessionReplaced = 34,
    k_EResultConnectFailed = 35,   /* message session is broken and no automatic restart was requested */
    k_EResultHandshakeFailed = 36, /* no common cipher while accepting */
    k_EResultIOFailure = 37,
    k_EResultRemoteDisconnect = 38,
    k_EResultShoppingCartNotFound = 39,
    k_EResultBlocked = 40,
    k_EResultIgnored = 41, /* NoDelay message dropped, or flush before the connection is established */
    k_EResultNoMatch = 42, /* unknown FakeIP */
    k_EResultAccountDisabled = 43,
    k_EResultServiceReadOnly = 44,
    k_EResultAccountNotFeatured = 45,
    k_EResultAdministratorOK = 46,
    k_EResultContentVersion = 47,
    k_EResultTryAnotherCM = 48,
    k_EResultPasswordRequiredToKickSession = 49,
    k_EResultAlreadyLoggedInElsewhere = 50,
    k_EResultSuspended = 51,
    k_EResultCancelled = 52,
    k_EResultDataCorruption = 53,
    k_EResultDiskFull = 54,
    k_EResultRemoteCallFailed = 55,
    k_EResultPasswordUnset = 56,
    k_EResultExternalAccountUnlinked = 57,
    k_EResultPSNTicketInvalid = 58,
    k_EResultExternalAccountAlreadyLinked = 59,
    k_EResultRemoteFileConflict = 60,
    k_EResultIllegalPassword = 61,
    k_EResultSameAsPreviousValue = 62,
    k_EResultAccountLogonDenied = 63,
    k_EResultCannotUseOldPassword = 64,
    k_EResultInvalidLoginAuthCode = 65,
    k_EResultAccountLogonDeniedNoMail = 66,
    k_EResultHardwareNotCapableOfIPT = 67,
    k_EResultIPTInitError = 68,
    k_EResultParentalControlRestricted = 69,
    k_EResultFacebookQueryError = 70,
    k_EResultExpiredLoginAuthCode = 71,
    k_EResultIPLoginRestrictionFailed = 72,
    k_EResultAccountLockedDown = 73,
    k_EResultAccountLogonDeniedVerifiedEmailRequired = 74,
    k_EResultNoMatchingURL = 75,
    k_EResultBadResponse = 76,
    k_EResultRequirePasswordReEntry = 77,
    k_EResultValueOutOfRange = 78,
    k_EResultUnexpectedError = 79,
    k_EResultDisabled = 80, /* feature not built in */
    k_EResultInvalidCEGSubmission = 81,
    k_EResultRestrictedDevice = 82,
    k_EResultRegionLocked = 83,
    k_EResultRateLimitExceeded = 84,
    k_EResultAccountLoginDeniedNeedTwoFactor = 85,
    k_EResultItemDeleted = 86,
    k_EResultAccountLoginDeniedThrottle = 87,
    k_EResultTwoFactorCodeMismatch = 88,
    k_EResultTwoFactorActivationCodeMismatch = 89,
    k_EResultAccountAssociatedToMultiplePartners = 90,
    k_EResultNotModified = 91,
    k_EResultNoMobileDevice = 92,
    k_EResultTimeNotSynced = 93,
    k_EResultSmsCodeFailed = 94,
    k_EResultAccountLimitExceeded = 95,
    k_EResultAccountActivityLimitExceeded = 96,
    k_EResultPhoneActivityLimitExceeded = 97,
    k_EResultRefundToWallet = 98,
    k_EResultEmailSendFailure = 99,
    k_EResultNotSettled = 100,
    k_EResultNeedCaptcha = 101,
    k_EResultGSLTDenied = 102,
    k_EResultGSOwnerDenied = 103,
    k_EResultInvalidItemType = 104,
    k_EResultIPBanned = 105,
    k_EResultGSLTExpired = 106,
    k_EResultInsufficientFunds = 107,
    k_EResultTooManyPending = 108,
    k_EResultNoSiteLicensesFound = 109,
    k_EResultWGNetworkSendExceeded = 110,
    k_EResultAccountNotFriends = 111,
    k_EResultLimitedUserAccount = 112,
    k_EResultCantRemoveItem = 113,
    k_EResultAccountDeleted = 114,
    k_EResultExistingUserCancelledLicense = 115,
    k_EResultCommunityCooldown = 116,
    k_EResultNoLauncherSpecified = 117,
    k_EResultMustAgreeToSSA = 118,
    k_EResultLauncherMigrated = 119,
    k_EResultSteamRealmMismatch = 120,
    k_EResultInvalidSignature = 121,
    k_EResultParseFailure = 122,
    k_EResultNoVerifiedPhone = 123,
    k_EResultInsufficientBattery = 124,
    k_EResultChargerRequired = 125,
    k_EResultCachedCredentialInvalid = 126,
    K_EResultPhoneNumberIsVOIP = 127,
    k_EResultNotSupported = 128,
    k_EResultFamilySizeLimitExceeded = 129,
} EResult;

/*
 * Why a connection ended. An application passes 1000 to 2999 to CloseConnection; anything else is replaced. The code is
 * sent to the peer and shown in SteamNetConnectionInfo_t.m_eEndReason on both ends.
 */
typedef enum ESteamNetConnectionEnd {
    k_ESteamNetConnectionEnd_Invalid = 0,        /* no reason: the connection has not ended */
    k_ESteamNetConnectionEnd_App_Min = 1000,     /* 1000-1999: the application closed it, an ordinary end */
    k_ESteamNetConnectionEnd_App_Generic = 1000, /* what reason 0 becomes */
    k_ESteamNetConnectionEnd_App_Max = 1999,
    k_ESteamNetConnectionEnd_AppException_Min = 2000, /* 2000-2999: the application closed it, something exceptional */
    k_ESteamNetConnectionEnd_AppException_Generic = 2000,
    k_ESteamNetConnectionEnd_AppException_Max = 2999,  /* also used when the library is stopped with connections open */
    k_ESteamNetConnectionEnd_Local_Min = 3000,         /* 3000-3999: the trouble is at the local end */
    k_ESteamNetConnectionEnd_Local_OfflineMode = 3001, /* no network access is allowed */
    k_ESteamNetConnectionEnd_Local_ManyRelayConnectivity = 3002,    /* trouble reaching several relays */
    k_ESteamNetConnectionEnd_Local_HostedServerPrimaryRelay = 3003, /* a hosted server cannot reach its relay */
    k_ESteamNetConnectionEnd_Local_NetworkConfig = 3004, /* the description of the relay network could not be fetched */
    k_ESteamNetConnectionEnd_Local_Rights = 3005,        /* the local identity is not allowed to do this */
    k_ESteamNetConnectionEnd_Local_P2P_ICE_NoPublicAddresses = 3006, /* no public address of the local end was found */
    k_ESteamNetConnectionEnd_Local_Max = 3999,
    k_ESteamNetConnectionEnd_Remote_Min = 4000,      /* 4000-4999: the trouble is at the remote end */
    k_ESteamNetConnectionEnd_Remote_Timeout = 4001,  /* the remote end fell silent although the local network works */
    k_ESteamNetConnectionEnd_Remote_BadCrypt = 4002, /* key exchange or cipher choice failed */
    k_ESteamNetConnectionEnd_Remote_BadCert = 4003,  /* the certificate is missing, invalid or not trusted */
    k_ESteamNetConnectionEnd_Remote_BadProtocolVersion = 4006,        /* the protocol versions do not fit together */
    k_ESteamNetConnectionEnd_Remote_P2P_ICE_NoPublicAddresses = 4007, /* the remote end shared no public address */
    k_ESteamNetConnectionEnd_Remote_Max = 4999,
    k_ESteamNetConnectionEnd_Misc_Min = 5000, /* 5000-5999: undetermined, either end */
    k_ESteamNetConnectionEnd_Misc_Generic = 5001,
    k_ESteamNetConnectionEnd_Misc_InternalError = 5002,     /* a bound was exceeded or something impossible happened */
    k_ESteamNetConnectionEnd_Misc_Timeout = 5003,           /* no answer in time */
    k_ESteamNetConnectionEnd_Misc_SteamConnectivity = 5005, /* the back end could not be reached */
    /* a hosted server has no relay session to this client left */
    k_ESteamNetConnectionEnd_Misc_NoRelaySessionsToClient = 5006,
    k_ESteamNetConnectionEnd_Misc_P2P_Rendezvous = 5008,       /* signaling did not bring the two ends together */
    k_ESteamNetConnectionEnd_Misc_P2P_NAT_Firewall = 5009,     /* probably a NAT or firewall blocks the direct route */
    k_ESteamNetConnectionEnd_Misc_PeerSentNoConnection = 5010, /* the peer does not know this connection (any more) */
    k_ESteamNetConnectionEnd_Misc_Max = 5999,
    k_ESteamNetConnectionEnd__Force32Bit = 0x7fffffff,
} ESteamNetConnectionEnd;

#endif
