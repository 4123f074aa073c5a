#include "snp/ack_tracker.h"

#include "base/alloc.h"
#include "wire/frame.h"

#include <string.h>

void ack_tracker_init(struct ack_tracker *tracker, int64_t first_received)
{
    *tracker = (struct ack_tracker){.highest = first_received,
                                    .flush_at = TIME_NEVER,
                                    .gap_flush_at = TIME_NEVER,
                                    .gaps_max = ACK_TRACKER_GAPS_MAX,
                                    .blocks_max = ACK_BLOCKS_SENT_MAXIMUM};
}

void ack_tracker_extend(struct ack_tracker *tracker)
{
    tracker->gaps_max = ACK_TRACKER_GAPS_ABLE;
    tracker->blocks_max = ACK_BLOCKS_ABLE;
}

void ack_tracker_free(struct ack_tracker *tracker)
{
    mem_free(tracker->gaps);
    tracker->gaps = NULL;
    tracker->gap_count = tracker->gap_capacity = 0;
}

void ack_tracker_rest(struct ack_tracker *tracker)
{
    if (tracker->gap_count == 0)
        ack_tracker_free(tracker);
}

/* ---- the list of gaps --------------------------------------------------------------------------------------- */

static void remove_gap(struct ack_tracker *tracker, int index)
{
    memmove(tracker->gaps + index, tracker->gaps + index + 1,
            (size_t)(tracker->gap_count - index - 1) * sizeof *tracker->gaps);
    tracker->gap_count--;
}

/* Two neighbours become one; the few packets between them count as lost, and their segments come again. */
static void merge_two_old_gaps(struct ack_tracker *tracker)
{
    int among = tracker->gap_count < ACK_TRACKER_MERGE_AMONG ? tracker->gap_count : ACK_TRACKER_MERGE_AMONG;
    int best = 0;

    for (int i = 1; i + 1 < among; i++)
        if (tracker->gaps[i + 1].begin - tracker->gaps[i].end < tracker->gaps[best + 1].begin - tracker->gaps[best].end)
            best = i;
    tracker->gaps[best].end = tracker->gaps[best + 1].end;
    remove_gap(tracker, best + 1);
}

/* Room for one more; without memory old gaps are merged instead. False only if there is no room for a single gap. */
static bool make_room(struct ack_tracker *tracker)
{
    if (tracker->gap_count < tracker->gap_capacity)
        return true;
    if (tracker->gap_count < tracker->gaps_max) {
        int capacity = tracker->gap_capacity ? tracker->gap_capacity * 2 : 8;
        struct packet_gap *grown;

        if (capacity > tracker->gaps_max)
            capacity = tracker->gaps_max;
        grown = mem_realloc(tracker->gaps, (size_t)capacity * sizeof *grown);
        if (grown) {
            tracker->gaps = grown;
            tracker->gap_capacity = capacity;
            return true;
        }
    }
    if (tracker->gap_count < 2)
        return false;
    merge_two_old_gaps(tracker);
    return true;
}

static bool append_gap(struct ack_tracker *tracker, struct packet_gap gap)
{
    if (!make_room(tracker))
        return false;
    tracker->gaps[tracker->gap_count++] = gap;
    return true;
}

/* Index of the gap that contains `number`, or -1. */
static int find_gap(const struct ack_tracker *tracker, int64_t number)
{
    int low = 0, high = tracker->gap_count;

    while (low < high) {
        int middle = (low + high) / 2;
        if (tracker->gaps[middle].end <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < tracker->gap_count && tracker->gaps[low].begin <= number ? low : -1;
}

/* ---- recording ------------------------------------------------------------------------------------------------ */

static bool fill_gap(struct ack_tracker *tracker, int64_t number, microseconds now)
{
    int index = find_gap(tracker, number);
    struct packet_gap *gap;

    if (index < 0)
        return true;
    gap = &tracker->gaps[index];
    if (gap->end - gap->begin == 1) {
        remove_gap(tracker, index);
    } else if (number == gap->begin) {
        gap->begin++;
        gap->before_received = now;
    } else if (number == gap->end - 1) {
        gap->end--;
    } else {
        struct packet_gap upper = {
            .begin = number + 1, .end = gap->end, .reportable_at = gap->reportable_at, .before_received = now};
        int64_t begin = gap->begin;

        gap->end = number;
        if (tracker->gap_count == tracker->gap_capacity) {
            bool room = make_room(tracker);

            /* A merge may have moved the gap that is being split, or joined it with a neighbour. */
            index = find_gap(tracker, begin);
            if (!room || tracker->gaps[index].end > number) {
                tracker->gaps[index].end = tracker->gaps[index].end > upper.end ? tracker->gaps[index].end : upper.end;
                return false;
            }
        }
        memmove(tracker->gaps + index + 2, tracker->gaps + index + 1,
                (size_t)(tracker->gap_count - index - 1) * sizeof *tracker->gaps);
        tracker->gaps[index + 1] = upper;
        tracker->gap_count++;
    }
    if (tracker->gap_count == 0)
        tracker->gap_flush_at = TIME_NEVER;
    return true;
}

bool ack_tracker_record(struct ack_tracker *tracker, int64_t number, microseconds now)
{
    if (number < tracker->stop_waiting)
        return true;
    if (number <= tracker->highest)
        return fill_gap(tracker, number, now);
    if (number > tracker->highest + 1) {
        /* The stop-waiting value is never above the highest number, so the whole gap counts. */
        struct packet_gap gap = {.begin = tracker->highest + 1,
                                 .end = number,
                                 .reportable_at = now + ACK_NEGATIVE_DELAY_MS * MILLISECOND,
                                 .before_received = tracker->highest_received};

        if (!append_gap(tracker, gap))
            return false;
        tracker->gap_flush_at = time_earlier(tracker->gap_flush_at, gap.reportable_at);
    }
    tracker->highest = number;
    tracker->highest_received = now;
    return true;
}

enum stop_waiting_outcome ack_tracker_stop_waiting(struct ack_tracker *tracker, int64_t packet_number, int64_t value)
{
    int forgotten = 0;

    if (value > tracker->highest)
        value = tracker->highest;
    if (value == tracker->stop_waiting)
        return STOP_WAITING_OK;
    if (value < tracker->stop_waiting)
        return packet_number >= tracker->stop_waiting_packet ? STOP_WAITING_ERROR : STOP_WAITING_OK;
    tracker->stop_waiting = value;
    tracker->stop_waiting_packet = packet_number;
    while (forgotten < tracker->gap_count && tracker->gaps[forgotten].end <= value)
        forgotten++;
    if (forgotten > 0) {
        memmove(tracker->gaps, tracker->gaps + forgotten,
                (size_t)(tracker->gap_count - forgotten) * sizeof *tracker->gaps);
        tracker->gap_count -= forgotten;
    }
    if (tracker->gap_count > 0 && tracker->gaps[0].begin < value) {
        tracker->gaps[0].begin = value;
        tracker->gaps[0].before_received = 0;
    }
    if (tracker->gap_count == 0)
        tracker->gap_flush_at = TIME_NEVER;
    return STOP_WAITING_OK;
}

void ack_tracker_request(struct ack_tracker *tracker, microseconds deadline)
{
    if (ack_tracker_has_news(tracker))
        tracker->flush_at = time_earlier(tracker->flush_at, deadline);
}

/* ---- writing (protocol 13.6, 15.2) ---------------------------------------------------------------------------- */

/* The first packet above gap `index` that the next newer block, or nothing, describes. */
static int64_t described_until(const struct ack_tracker *tracker, int index)
{
    return index + 1 < tracker->gap_count ? tracker->gaps[index + 1].begin : tracker->highest + 1;
}

static struct ack_block block_for(const struct ack_tracker *tracker, int index)
{
    return (struct ack_block){
        .acks = (uint32_t)(described_until(tracker, index) - tracker->gaps[index].end),
        .nacks = (uint32_t)(tracker->gaps[index].end - tracker->gaps[index].begin),
    };
}

/* How many gaps, from the oldest, are old enough to report and fit into `room` bytes of blocks; their size in *used. */
static int gaps_to_report(const struct ack_tracker *tracker, size_t room, microseconds now, size_t *used)
{
    int count = 0;

    *used = 0;
    while (count < tracker->gap_count && count < tracker->blocks_max && tracker->gaps[count].reportable_at <= now) {
        size_t size = frame_ack_block_size(block_for(tracker, count));
        size_t count_byte = count + 1 >= 7 ? 1 : 0;

        if (*used + size + count_byte > room)
            break;
        *used += size;
        count++;
    }
    if (count >= 7)
        *used += 1;
    return count;
}

static uint16_t delay_field(microseconds received, microseconds now)
{
    microseconds units = (now - received) / FRAME_ACK_DELAY_UNIT_US;

    return received == 0 || units < 0 || units >= FRAME_ACK_DELAY_UNKNOWN ? FRAME_ACK_DELAY_UNKNOWN : (uint16_t)units;
}

bool ack_tracker_write(struct ack_tracker *tracker, struct byte_writer *writer, microseconds now)
{
    size_t blocks_size;
    int count;
    int64_t latest;
    microseconds received;

    if (!ack_tracker_has_news(tracker) || writer_remaining(writer) < FRAME_ACK_MINIMUM)
        return false;
    count = gaps_to_report(tracker, writer_remaining(writer) - FRAME_ACK_MINIMUM, now, &blocks_size);
    if (count < tracker->gap_count) {
        latest = tracker->gaps[count].begin - 1;
        received = tracker->gaps[count].before_received;
    } else {
        latest = tracker->highest;
        received = tracker->highest_received;
    }

    frame_write_ack_header(writer, latest, delay_field(received, now), (uint32_t)count);
    for (int i = count - 1; i >= 0; i--)
        frame_write_ack_block(writer, block_for(tracker, i));

    /* What could not be told stays due: a gap too young has its time ahead of it, one that did not fit waits for the
     * next packet. */
    tracker->flush_at = TIME_NEVER;
    tracker->gap_flush_at = TIME_NEVER;
    if (count < tracker->gap_count && tracker->gaps[count].reportable_at > now)
        tracker->gap_flush_at = tracker->gaps[count].reportable_at;
    return true;
}
