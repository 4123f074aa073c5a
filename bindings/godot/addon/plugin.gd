# Adds the autoload Steam to a project as long as the plugin is enabled.
tool
extends EditorPlugin

const NAME = "Steam"


func _enter_tree():
	if not ProjectSettings.has_setting("autoload/" + NAME):
		add_autoload_singleton(NAME, "res://addons/fumarole/steam.gdns")


func disable_plugin():
	remove_autoload_singleton(NAME)
