#include "api/config_impairment.h"

#include "api/config_values.h"
#include "net/impairment.h"
#include "net/packet_trace.h"

#include <pthread.h>

#define SETTING(name) k_ESteamNetworkingConfig_##name

/* Held from reading to handing over, so that of two changes at once the one with the newer values comes last. */
static pthread_mutex_t handing_over = PTHREAD_MUTEX_INITIALIZER;

static bool is_impairment(int value)
{
    return (value >= SETTING(FakePacketLoss_Send) && value <= SETTING(FakePacketReorder_Time)) ||
           (value >= SETTING(FakePacketDup_Send) && value <= SETTING(FakePacketDup_TimeMax)) ||
           (value >= SETTING(FakeRateLimit_Send_Rate) && value <= SETTING(FakeRateLimit_Recv_Burst)) ||
           (value >= SETTING(FakePacketJitter_Send_Avg) && value <= SETTING(FakePacketJitter_Recv_Pct));
}

static void apply_conditions(void)
{
    struct impairment_settings settings;

    impairment_settings_default(&settings);
    settings.send.loss_percent = config_float(NULL, SETTING(FakePacketLoss_Send));
    settings.send.lag_ms = config_int32(NULL, SETTING(FakePacketLag_Send));
    settings.send.reorder_percent = config_float(NULL, SETTING(FakePacketReorder_Send));
    settings.send.duplicate_percent = config_float(NULL, SETTING(FakePacketDup_Send));
    settings.send.rate_limit = config_int32(NULL, SETTING(FakeRateLimit_Send_Rate));
    settings.send.rate_burst = config_int32(NULL, SETTING(FakeRateLimit_Send_Burst));
    settings.send.jitter_average_ms = config_float(NULL, SETTING(FakePacketJitter_Send_Avg));
    settings.send.jitter_maximum_ms = config_float(NULL, SETTING(FakePacketJitter_Send_Max));
    settings.send.jitter_percent = config_float(NULL, SETTING(FakePacketJitter_Send_Pct));
    settings.receive.loss_percent = config_float(NULL, SETTING(FakePacketLoss_Recv));
    settings.receive.lag_ms = config_int32(NULL, SETTING(FakePacketLag_Recv));
    settings.receive.reorder_percent = config_float(NULL, SETTING(FakePacketReorder_Recv));
    settings.receive.duplicate_percent = config_float(NULL, SETTING(FakePacketDup_Recv));
    settings.receive.rate_limit = config_int32(NULL, SETTING(FakeRateLimit_Recv_Rate));
    settings.receive.rate_burst = config_int32(NULL, SETTING(FakeRateLimit_Recv_Burst));
    settings.receive.jitter_average_ms = config_float(NULL, SETTING(FakePacketJitter_Recv_Avg));
    settings.receive.jitter_maximum_ms = config_float(NULL, SETTING(FakePacketJitter_Recv_Max));
    settings.receive.jitter_percent = config_float(NULL, SETTING(FakePacketJitter_Recv_Pct));
    settings.reorder_ms = config_int32(NULL, SETTING(FakePacketReorder_Time));
    settings.duplicate_maximum_ms = config_int32(NULL, SETTING(FakePacketDup_TimeMax));
    impairment_set(&settings);
}

void config_apply_impairment(int changed_value)
{
    pthread_mutex_lock(&handing_over);
    if (is_impairment(changed_value))
        apply_conditions();
    else if (changed_value == SETTING(PacketTraceMaxBytes))
        packet_trace_set(config_int32(NULL, SETTING(PacketTraceMaxBytes)));
    pthread_mutex_unlock(&handing_over);
}
