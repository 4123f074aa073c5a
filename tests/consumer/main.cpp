// The same in C++, as far as the language makes a difference: the headers, their linkage, and the link.
#include <fumarole/fumarole.h>

#include <cstdio>

int main()
{
    SteamNetworkingIdentity identity{};
    if (!SteamNetworkingIdentity_ParseString(&identity, sizeof identity, "str:consumer"))
        return 1;
    if (!GameNetworkingSockets_Init(&identity, nullptr))
        return 1;
    SteamNetworkingIdentity ours{};
    bool same = SteamAPI_ISteamNetworkingSockets_GetIdentity(SteamNetworkingSockets_LibV12(), &ours) &&
                SteamAPI_SteamNetworkingIdentity_IsEqualTo(&ours, &identity);
    GameNetworkingSockets_Kill();
    std::printf("version %s\n", Fumarole_Version());
    return same ? 0 : 1;
}
