# Adds the autoload Steam to a project as long as the plugin is enabled.
tool
extends EditorPlugin

func enable_plugin():
	add_autoload_singleton("Steam", "res://addons/fumarole/steam.gdns")

func disable_plugin():
	remove_autoload_singleton("Steam")
