-- The module under its other name, where it is installed as a rock.
return require 'luasteam'
