/*
 * The part of Godot 3's GDNative interface that this binding uses, as the engine publishes it (gdnative_api.json of
 * Godot 3.2; core 1.0, NativeScript 1.0 and 1.1, net 3.1): types, and the tables of functions that the engine passes to
 * a library.
 *
 * A table is a header followed by function pointers in the published order. Only what is needed has a name here; the
 * rest are reserved places. The number in each SLOT check below is the function's place in the published list, so that
 * a wrong count does not compile. Values are opaque bytes of the published size, with no alignment of their own, as the
 * structures that contain them are laid out that way.
 */
#ifndef FUMAROLE_GODOT_GDNATIVE_INTERFACE_H
#define FUMAROLE_GODOT_GDNATIVE_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/* ------------------------------------------------------------------------------------------------------------ types */

typedef bool godot_bool;
typedef int godot_int;
typedef float godot_real;
typedef void godot_object;
typedef int godot_error;

typedef struct {
    uint8_t opaque[24];
} godot_variant;

typedef struct {
    uint8_t opaque[sizeof(void *)];
} godot_string;

typedef struct {
    uint8_t opaque[sizeof(void *)];
} godot_char_string;

typedef struct {
    uint8_t opaque[sizeof(void *)];
} godot_string_name;

typedef struct {
    uint8_t opaque[sizeof(void *)];
} godot_array;

typedef struct {
    uint8_t opaque[sizeof(void *)];
} godot_dictionary;

typedef struct {
    uint8_t opaque[sizeof(void *)];
} godot_pool_byte_array;

/* Made and given back by the engine; only pointers to them are seen. */
typedef struct godot_pool_array_read_access godot_pool_array_read_access;
typedef struct godot_pool_array_write_access godot_pool_array_write_access;
typedef struct godot_method_bind godot_method_bind;

typedef enum {
    GODOT_VARIANT_TYPE_NIL,
    GODOT_VARIANT_TYPE_BOOL,
    GODOT_VARIANT_TYPE_INT,
    GODOT_VARIANT_TYPE_REAL,
    GODOT_VARIANT_TYPE_STRING,
    GODOT_VARIANT_TYPE_VECTOR2,
    GODOT_VARIANT_TYPE_RECT2,
    GODOT_VARIANT_TYPE_VECTOR3,
    GODOT_VARIANT_TYPE_TRANSFORM2D,
    GODOT_VARIANT_TYPE_PLANE,
    GODOT_VARIANT_TYPE_QUAT,
    GODOT_VARIANT_TYPE_AABB,
    GODOT_VARIANT_TYPE_BASIS,
    GODOT_VARIANT_TYPE_TRANSFORM,
    GODOT_VARIANT_TYPE_COLOR,
    GODOT_VARIANT_TYPE_NODE_PATH,
    GODOT_VARIANT_TYPE_RID,
    GODOT_VARIANT_TYPE_OBJECT,
    GODOT_VARIANT_TYPE_DICTIONARY,
    GODOT_VARIANT_TYPE_ARRAY,
    GODOT_VARIANT_TYPE_POOL_BYTE_ARRAY,
    GODOT_VARIANT_TYPE_POOL_INT_ARRAY,
    GODOT_VARIANT_TYPE_POOL_REAL_ARRAY,
    GODOT_VARIANT_TYPE_POOL_STRING_ARRAY,
    GODOT_VARIANT_TYPE_POOL_VECTOR2_ARRAY,
    GODOT_VARIANT_TYPE_POOL_VECTOR3_ARRAY,
    GODOT_VARIANT_TYPE_POOL_COLOR_ARRAY,
} godot_variant_type;

typedef struct {
    int error; /* 0: the call was made */
    int argument;
    godot_variant_type expected;
} godot_variant_call_error;

/* ---------------------------------------------------------------------------------------------------- the tables */

/* Which table one is. */
enum {
    GDNATIVE_CORE,
    GDNATIVE_EXT_NATIVESCRIPT,
    GDNATIVE_EXT_PLUGINSCRIPT,
    GDNATIVE_EXT_ANDROID,
    GDNATIVE_EXT_ARVR,
    GDNATIVE_EXT_VIDEODECODER,
    GDNATIVE_EXT_NET,
};

typedef struct {
    unsigned int major;
    unsigned int minor;
} godot_gdnative_api_version;

/* What every table begins with. Later versions of the same table hang on `next`. */
typedef struct godot_gdnative_api_struct {
    unsigned int type;
    godot_gdnative_api_version version;
    const struct godot_gdnative_api_struct *next;
} godot_gdnative_api_struct;

typedef void (*godot_gdnative_unused)(void);

typedef struct godot_gdnative_core_api_struct {
    godot_gdnative_api_struct header;
    unsigned int num_extensions;
    const godot_gdnative_api_struct **extensions;
    godot_gdnative_unused functions_0[155];
    void (*godot_pool_byte_array_new)(godot_pool_byte_array *result);
    godot_gdnative_unused functions_156[8];
    void (*godot_pool_byte_array_resize)(godot_pool_byte_array *self, godot_int size);
    godot_pool_array_read_access *(*godot_pool_byte_array_read)(const godot_pool_byte_array *self);
    godot_pool_array_write_access *(*godot_pool_byte_array_write)(godot_pool_byte_array *self);
    godot_gdnative_unused functions_167[2];
    godot_int (*godot_pool_byte_array_size)(const godot_pool_byte_array *self);
    void (*godot_pool_byte_array_destroy)(godot_pool_byte_array *self);
    godot_gdnative_unused functions_171[97];
    const uint8_t *(*godot_pool_byte_array_read_access_ptr)(const godot_pool_array_read_access *read);
    godot_gdnative_unused functions_269[1];
    void (*godot_pool_byte_array_read_access_destroy)(godot_pool_array_read_access *read);
    godot_gdnative_unused functions_271[25];
    uint8_t *(*godot_pool_byte_array_write_access_ptr)(const godot_pool_array_write_access *write);
    godot_gdnative_unused functions_297[1];
    void (*godot_pool_byte_array_write_access_destroy)(godot_pool_array_write_access *write);
    godot_gdnative_unused functions_299[24];
    void (*godot_array_new)(godot_array *result);
    godot_gdnative_unused functions_324[11];
    const godot_variant *(*godot_array_operator_index_const)(const godot_array *self, godot_int index);
    void (*godot_array_append)(godot_array *self, const godot_variant *value);
    godot_gdnative_unused functions_337[19];
    godot_int (*godot_array_size)(const godot_array *self);
    godot_gdnative_unused functions_357[4];
    void (*godot_array_destroy)(godot_array *self);
    void (*godot_dictionary_new)(godot_dictionary *result);
    godot_gdnative_unused functions_363[1];
    void (*godot_dictionary_destroy)(godot_dictionary *self);
    godot_int (*godot_dictionary_size)(const godot_dictionary *self);
    godot_gdnative_unused functions_366[6];
    godot_array (*godot_dictionary_keys)(const godot_dictionary *self);
    godot_gdnative_unused functions_373[1];
    godot_variant (*godot_dictionary_get)(const godot_dictionary *self, const godot_variant *key);
    void (*godot_dictionary_set)(godot_dictionary *self, const godot_variant *key, const godot_variant *value);
    godot_gdnative_unused functions_376[131];
    godot_variant_type (*godot_variant_get_type)(const godot_variant *self);
    void (*godot_variant_new_copy)(godot_variant *result, const godot_variant *source);
    void (*godot_variant_new_nil)(godot_variant *result);
    void (*godot_variant_new_bool)(godot_variant *result, godot_bool value);
    godot_gdnative_unused functions_511[1];
    void (*godot_variant_new_int)(godot_variant *result, int64_t value);
    void (*godot_variant_new_real)(godot_variant *result, double value);
    void (*godot_variant_new_string)(godot_variant *result, const godot_string *value);
    godot_gdnative_unused functions_515[12];
    void (*godot_variant_new_object)(godot_variant *result, const godot_object *value);
    void (*godot_variant_new_dictionary)(godot_variant *result, const godot_dictionary *value);
    void (*godot_variant_new_array)(godot_variant *result, const godot_array *value);
    void (*godot_variant_new_pool_byte_array)(godot_variant *result, const godot_pool_byte_array *value);
    godot_gdnative_unused functions_531[6];
    godot_bool (*godot_variant_as_bool)(const godot_variant *self);
    godot_gdnative_unused functions_538[1];
    int64_t (*godot_variant_as_int)(const godot_variant *self);
    double (*godot_variant_as_real)(const godot_variant *self);
    godot_string (*godot_variant_as_string)(const godot_variant *self);
    godot_gdnative_unused functions_542[12];
    godot_object *(*godot_variant_as_object)(const godot_variant *self);
    godot_dictionary (*godot_variant_as_dictionary)(const godot_variant *self);
    godot_array (*godot_variant_as_array)(const godot_variant *self);
    godot_pool_byte_array (*godot_variant_as_pool_byte_array)(const godot_variant *self);
    godot_gdnative_unused functions_558[6];
    godot_variant (*godot_variant_call)(godot_variant *self, const godot_string *method,
                                        const godot_variant **arguments, godot_int count,
                                        godot_variant_call_error *error);
    godot_bool (*godot_variant_has_method)(const godot_variant *self, const godot_string *method);
    godot_gdnative_unused functions_566[4];
    void (*godot_variant_destroy)(godot_variant *self);
    godot_int (*godot_char_string_length)(const godot_char_string *self);
    const char *(*godot_char_string_get_data)(const godot_char_string *self);
    void (*godot_char_string_destroy)(godot_char_string *self);
    void (*godot_string_new)(godot_string *result);
    godot_gdnative_unused functions_575[1];
    void (*godot_string_new_with_wide_string)(godot_string *result, const wchar_t *contents, int size);
    godot_gdnative_unused functions_577[101];
    godot_char_string (*godot_string_utf8)(const godot_string *self);
    godot_bool (*godot_string_parse_utf8)(godot_string *self, const char *utf8);
    godot_bool (*godot_string_parse_utf8_with_len)(godot_string *self, const char *utf8, godot_int length);
    godot_gdnative_unused functions_681[40];
    void (*godot_string_destroy)(godot_string *self);
    godot_gdnative_unused functions_722[8];
    void (*godot_object_destroy)(godot_object *object);
    godot_object *(*godot_global_get_singleton)(char *name);
    godot_method_bind *(*godot_method_bind_get_method)(const char *class_name, const char *method_name);
    void (*godot_method_bind_ptrcall)(godot_method_bind *method, godot_object *instance, const void **arguments,
                                      void *result);
    godot_variant (*godot_method_bind_call)(godot_method_bind *method, godot_object *instance,
                                            const godot_variant **arguments, int count,
                                            godot_variant_call_error *error);
    godot_gdnative_unused functions_735[6];
    void (*godot_print_error)(const char *description, const char *function, const char *file, int line);
    void (*godot_print_warning)(const char *description, const char *function, const char *file, int line);
    void (*godot_print)(const godot_string *message);
} godot_gdnative_core_api_struct;

/* -------------------------------------------------------------------------------------------------- NativeScript 1.0
 */

typedef struct {
    void *(*create_func)(godot_object *instance, void *method_data);
    void *method_data;
    void (*free_func)(void *method_data);
} godot_instance_create_func;

typedef struct {
    void (*destroy_func)(godot_object *instance, void *method_data, void *user_data);
    void *method_data;
    void (*free_func)(void *method_data);
} godot_instance_destroy_func;

typedef struct {
    int rpc_type; /* 0: not for remote calls */
} godot_method_attributes;

typedef struct {
    godot_variant (*method)(godot_object *instance, void *method_data, void *user_data, int count,
                            godot_variant **arguments);
    void *method_data;
    void (*free_func)(void *method_data);
} godot_instance_method;

typedef struct {
    int rset_type;
    godot_int type;
    int hint;
    godot_string hint_string;
    int usage;
    godot_variant default_value;
} godot_property_attributes;

typedef struct {
    void (*set_func)(godot_object *instance, void *method_data, void *user_data, godot_variant *value);
    void *method_data;
    void (*free_func)(void *method_data);
} godot_property_set_func;

typedef struct {
    godot_variant (*get_func)(godot_object *instance, void *method_data, void *user_data);
    void *method_data;
    void (*free_func)(void *method_data);
} godot_property_get_func;

typedef struct {
    godot_string name;
    godot_int type;
    int hint;
    godot_string hint_string;
    int usage;
    godot_variant default_value;
} godot_signal_argument;

typedef struct {
    godot_string name;
    int num_args;
    godot_signal_argument *args;
    int num_default_args;
    godot_variant *default_args;
} godot_signal;

typedef struct {
    godot_gdnative_api_struct header;
    void (*godot_nativescript_register_class)(void *handle, const char *name, const char *base,
                                              godot_instance_create_func create, godot_instance_destroy_func destroy);
    void (*godot_nativescript_register_tool_class)(void *handle, const char *name, const char *base,
                                                   godot_instance_create_func create,
                                                   godot_instance_destroy_func destroy);
    void (*godot_nativescript_register_method)(void *handle, const char *name, const char *function_name,
                                               godot_method_attributes attributes, godot_instance_method method);
    void (*godot_nativescript_register_property)(void *handle, const char *name, const char *path,
                                                 godot_property_attributes *attributes, godot_property_set_func set,
                                                 godot_property_get_func get);
    void (*godot_nativescript_register_signal)(void *handle, const char *name, const godot_signal *signal);
    void *(*godot_nativescript_get_userdata)(godot_object *instance);
} godot_gdnative_ext_nativescript_api_struct;

/*
 * A networking peer made of functions (godot_net.h, net 3.1): every function gets `data` first. Targets: 0 all, 1 the
 * server, above: a peer, below: all but that peer.
 */
typedef struct {
    godot_gdnative_api_version version;
    godot_object *data;
    godot_error (*get_packet)(void *data, const uint8_t **bytes, int *size);
    godot_error (*put_packet)(void *data, const uint8_t *bytes, int size);
    godot_int (*get_available_packet_count)(const void *data);
    godot_int (*get_max_packet_size)(const void *data);
    void (*set_transfer_mode)(void *data, godot_int mode);
    godot_int (*get_transfer_mode)(const void *data);
    void (*set_target_peer)(void *data, godot_int peer);
    godot_int (*get_packet_peer)(const void *data);
    godot_bool (*is_server)(const void *data);
    void (*poll)(void *data);
    int32_t (*get_unique_id)(const void *data);
    void (*set_refuse_new_connections)(void *data, godot_bool on);
    godot_bool (*is_refusing_new_connections)(const void *data);
    godot_int (*get_connection_status)(const void *data);
    void *next;
} godot_net_multiplayer_peer;

typedef struct {
    godot_gdnative_api_struct header;
    godot_gdnative_unused functions_0[2];
    void (*godot_net_bind_multiplayer_peer)(godot_object *object, const godot_net_multiplayer_peer *peer);
} godot_gdnative_ext_net_api_struct;

/* What a method takes, for the editor and for introspection: version 1.1 of the table, on its `next`. */
typedef struct {
    godot_string name;
    godot_variant_type type;
    int hint;
    godot_string hint_string;
} godot_method_arg;

typedef struct {
    godot_gdnative_api_struct header;
    void (*godot_nativescript_set_method_argument_information)(void *handle, const char *name,
                                                               const char *function_name, int count,
                                                               const godot_method_arg *arguments);
} godot_gdnative_ext_nativescript_1_1_api_struct;

/* ------------------------------------------------------------------------------------------------------ entry points
 */

typedef struct {
    godot_bool in_editor;
    uint64_t core_api_hash;
    uint64_t editor_api_hash;
    uint64_t no_api_hash;
    void (*report_version_mismatch)(const godot_object *library, const char *what, godot_gdnative_api_version want,
                                    godot_gdnative_api_version have);
    void (*report_loading_error)(const godot_object *library, const char *what);
    godot_object *gd_native_library;
    const godot_gdnative_core_api_struct *api_struct;
    const godot_string *active_library_path;
} godot_gdnative_init_options;

typedef struct {
    godot_bool in_editor;
} godot_gdnative_terminate_options;

/* ------------------------------------------------------------------------------------------- places and sizes */

#define GDNATIVE_SLOT(field, number)                                                                                   \
    _Static_assert(offsetof(godot_gdnative_core_api_struct, field) ==                                                  \
                       offsetof(godot_gdnative_core_api_struct, functions_0) + (number) * sizeof(void *),              \
                   #field " is number " #number " of the published list")

GDNATIVE_SLOT(godot_pool_byte_array_new, 155);
GDNATIVE_SLOT(godot_pool_byte_array_resize, 164);
GDNATIVE_SLOT(godot_pool_byte_array_read, 165);
GDNATIVE_SLOT(godot_pool_byte_array_write, 166);
GDNATIVE_SLOT(godot_pool_byte_array_size, 169);
GDNATIVE_SLOT(godot_pool_byte_array_destroy, 170);
GDNATIVE_SLOT(godot_pool_byte_array_read_access_ptr, 268);
GDNATIVE_SLOT(godot_pool_byte_array_read_access_destroy, 270);
GDNATIVE_SLOT(godot_pool_byte_array_write_access_ptr, 296);
GDNATIVE_SLOT(godot_pool_byte_array_write_access_destroy, 298);
GDNATIVE_SLOT(godot_array_new, 323);
GDNATIVE_SLOT(godot_array_operator_index_const, 335);
GDNATIVE_SLOT(godot_array_append, 336);
GDNATIVE_SLOT(godot_array_size, 356);
GDNATIVE_SLOT(godot_array_destroy, 361);
GDNATIVE_SLOT(godot_dictionary_new, 362);
GDNATIVE_SLOT(godot_dictionary_destroy, 364);
GDNATIVE_SLOT(godot_dictionary_size, 365);
GDNATIVE_SLOT(godot_dictionary_keys, 372);
GDNATIVE_SLOT(godot_dictionary_get, 374);
GDNATIVE_SLOT(godot_dictionary_set, 375);
GDNATIVE_SLOT(godot_variant_get_type, 507);
GDNATIVE_SLOT(godot_variant_new_copy, 508);
GDNATIVE_SLOT(godot_variant_new_nil, 509);
GDNATIVE_SLOT(godot_variant_new_bool, 510);
GDNATIVE_SLOT(godot_variant_new_int, 512);
GDNATIVE_SLOT(godot_variant_new_real, 513);
GDNATIVE_SLOT(godot_variant_new_string, 514);
GDNATIVE_SLOT(godot_variant_new_object, 527);
GDNATIVE_SLOT(godot_variant_new_dictionary, 528);
GDNATIVE_SLOT(godot_variant_new_array, 529);
GDNATIVE_SLOT(godot_variant_new_pool_byte_array, 530);
GDNATIVE_SLOT(godot_variant_as_bool, 537);
GDNATIVE_SLOT(godot_variant_as_int, 539);
GDNATIVE_SLOT(godot_variant_as_real, 540);
GDNATIVE_SLOT(godot_variant_as_string, 541);
GDNATIVE_SLOT(godot_variant_as_object, 554);
GDNATIVE_SLOT(godot_variant_as_dictionary, 555);
GDNATIVE_SLOT(godot_variant_as_array, 556);
GDNATIVE_SLOT(godot_variant_as_pool_byte_array, 557);
GDNATIVE_SLOT(godot_variant_call, 564);
GDNATIVE_SLOT(godot_variant_has_method, 565);
GDNATIVE_SLOT(godot_variant_destroy, 570);
GDNATIVE_SLOT(godot_char_string_length, 571);
GDNATIVE_SLOT(godot_char_string_get_data, 572);
GDNATIVE_SLOT(godot_char_string_destroy, 573);
GDNATIVE_SLOT(godot_string_new, 574);
GDNATIVE_SLOT(godot_string_new_with_wide_string, 576);
GDNATIVE_SLOT(godot_string_utf8, 678);
GDNATIVE_SLOT(godot_string_parse_utf8, 679);
GDNATIVE_SLOT(godot_string_parse_utf8_with_len, 680);
GDNATIVE_SLOT(godot_string_destroy, 721);
GDNATIVE_SLOT(godot_object_destroy, 730);
GDNATIVE_SLOT(godot_global_get_singleton, 731);
GDNATIVE_SLOT(godot_method_bind_get_method, 732);
GDNATIVE_SLOT(godot_method_bind_ptrcall, 733);
GDNATIVE_SLOT(godot_method_bind_call, 734);
GDNATIVE_SLOT(godot_print_error, 741);
GDNATIVE_SLOT(godot_print_warning, 742);
GDNATIVE_SLOT(godot_print, 743);

_Static_assert(sizeof(godot_variant_type) == 4, "enumerations take 32 bits");
_Static_assert(offsetof(godot_property_attributes, hint_string) == 12, "strings have no alignment");
_Static_assert(sizeof(godot_property_attributes) == 16 + sizeof(void *) + 24, "layout of property attributes");
_Static_assert(sizeof(godot_method_arg) == 8 + 2 * sizeof(void *), "layout of godot_method_arg");
_Static_assert(offsetof(godot_signal, args) == 16, "layout of godot_signal on 64-bit platforms");

#endif
