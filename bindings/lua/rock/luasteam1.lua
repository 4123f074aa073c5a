-- The module in the shapes of the older generation, where it is installed as a rock.
local Steam = require 'luasteam'
Steam.networkingSockets.apiVersion = 1
return Steam
