/* How large datagrams are, from what becomes of them (snp/path_mtu.h). */
#include "../vector_file.h"

#include "snp/path_mtu.h"
#include "wire/limits.h"

#define MS MILLISECOND

/* A path that takes datagrams of `passes` bytes, and a sender of full ones that obeys. */
struct scene {
    struct path_mtu mtu;
    int passes;
    microseconds now;
    int64_t number;
    int probes;
};

static struct scene begin(int maximum, int passes)
{
    struct scene scene = {.passes = passes};

    path_mtu_init(&scene.mtu, maximum);
    return scene;
}

/* One datagram, and its fate a little later, as far as times go. */
static void send_one(struct scene *scene, int size)
{
    microseconds sent_at = scene->now;

    scene->now += 10 * MS;
    if (size <= scene->passes)
        path_mtu_arrived(&scene->mtu, size, sent_at, scene->now);
    else
        path_mtu_lost(&scene->mtu, size, sent_at, scene->now);
}

/* For so long: full datagrams, what the machine asks for between them, and a small one every now and then. */
static void run(struct scene *scene, microseconds time)
{
    microseconds end = scene->now + time;

    for (int i = 0; scene->now < end; i++) {
        int size = path_mtu_probe_size(&scene->mtu, scene->now);

        if (size > 0) {
            assert_true(size > scene->mtu.size);
            assert_true(size <= scene->mtu.maximum);
            path_mtu_probe_sent(&scene->mtu, ++scene->number);
            scene->now += 10 * MS;
            scene->probes++;
            if (size <= scene->passes)
                path_mtu_probe_arrived(&scene->mtu, scene->now);
            else
                path_mtu_probe_lost(&scene->mtu, scene->now);
        }
        send_one(scene, scene->mtu.size);
        if (path_mtu_wants_small(&scene->mtu, scene->now))
            send_one(scene, 50);
    }
}

static void test_good_path_costs_nothing(void **state)
{
    struct scene scene = begin(1300, 1300);

    (void)state;
    assert_int_equal(scene.mtu.size, 1300);
    assert_true(path_mtu_asks(&scene.mtu));
    path_mtu_asked(&scene.mtu, 400);
    assert_true(path_mtu_asks(&scene.mtu));
    path_mtu_asked(&scene.mtu, 1300);
    assert_false(path_mtu_asks(&scene.mtu));
    assert_false(path_mtu_at_rest(&scene.mtu));
    run(&scene, 3600 * SECOND);
    assert_int_equal(scene.mtu.size, 1300);
    assert_true(path_mtu_at_rest(&scene.mtu));
    assert_int_equal(scene.probes, 0);
}

static void test_finds_what_passes(void **state)
{
    static const struct {
        int maximum, passes, expected;
    } cases[] = {
        {1300, 1252, 1252}, {1300, 1251, 1232}, {1300, 1200, 1200}, {1300, 1199, 972},  {1300, 972, 972},
        {1300, 900, 772},   {1300, 572, 548},   {1300, 548, 548},   {1250, 1240, 1232}, {1250, 1250, 1250},
        {1200, 1000, 972},  {900, 800, 772},    {900, 900, 900},    {600, 560, 548},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene scene = begin(cases[i].maximum, cases[i].passes);

        run(&scene, 8 * SECOND);
        if (scene.mtu.size != cases[i].expected)
            fail_msg("of %d where %d pass: %d, not %d", cases[i].maximum, cases[i].passes, scene.mtu.size,
                     cases[i].expected);
        assert_true(scene.probes <= 12);
    }
}

static void test_takes_less_than_two_seconds(void **state)
{
    struct scene scene = begin(1300, 1252);

    (void)state;
    run(&scene, 300 * MS);
    assert_int_equal(scene.mtu.size, 1252);
    scene.passes = 560; /* in the middle of everything */
    run(&scene, 1500 * MS);
    assert_int_equal(scene.mtu.size, 548);
}

/* It grows again when the path does; and asks less and less often as long as it does not. */
static void test_looks_again(void **state)
{
    struct scene scene = begin(1300, 1000);
    int before;

    (void)state;
    run(&scene, 5 * SECOND);
    assert_int_equal(scene.mtu.size, 972);
    scene.passes = 1300;
    run(&scene, 12 * SECOND);
    assert_int_equal(scene.mtu.size, 1300);

    scene.passes = 1000;
    run(&scene, 3600 * SECOND);
    assert_int_equal(scene.mtu.size, 972);
    before = scene.probes;
    run(&scene, 3600 * SECOND);
    assert_in_range(scene.probes - before, 3, 7 * 9); /* every ten minutes, a few */
    scene.passes = 1300;
    run(&scene, 601 * SECOND);
    assert_int_equal(scene.mtu.size, 1300);
}

/* Losses that have other reasons. */
static void test_no_black_hole(void **state)
{
    struct scene scene = begin(1300, 1300);

    (void)state;
    /* Everything is lost, small ones too, and comes back. */
    scene.passes = 0;
    run(&scene, 5 * SECOND);
    assert_int_equal(scene.mtu.size, 1300);
    scene.passes = 1300;
    run(&scene, SECOND);
    assert_int_equal(scene.mtu.size, 1300);

    /* A queue that overflows for a moment and has room for a small one. */
    for (int i = 0; i < 50; i++)
        path_mtu_lost(&scene.mtu, 1300, scene.now + i, scene.now + 20 * MS);
    path_mtu_arrived(&scene.mtu, 60, scene.now + 25, scene.now + 20 * MS);
    for (int i = 50; i < 80; i++)
        path_mtu_lost(&scene.mtu, 1300, scene.now + i, scene.now + 20 * MS);
    assert_int_equal(scene.mtu.size, 1300);
    send_one(&scene, 1300);

    /* Small ones that were sent before or after all the large ones prove nothing. */
    path_mtu_arrived(&scene.mtu, 60, scene.now, scene.now);
    for (int i = 1; i < 20; i++)
        path_mtu_lost(&scene.mtu, 1300, scene.now + i * 20 * MS, scene.now + SECOND);
    path_mtu_arrived(&scene.mtu, 60, scene.now + 900 * MS, scene.now + SECOND);
    assert_int_equal(scene.mtu.size, 1300);

    /* Half of all packets are lost at random. */
    scene = begin(1300, 1300);
    for (uint32_t seed = 1; seed <= 20; seed++) {
        uint32_t random = seed;

        for (int i = 0; i < 1000; i++) {
            random = random * 1664525u + 1013904223u;
            scene.passes = random >> 31 ? 1300 : 0;
            send_one(&scene, i % 3 ? 1300 : 60);
            if (path_mtu_probe_size(&scene.mtu, scene.now) > 0) { /* bad luck is put right at once */
                assert_int_equal(path_mtu_probe_size(&scene.mtu, scene.now), 1300);
                path_mtu_probe_sent(&scene.mtu, 1);
                path_mtu_probe_arrived(&scene.mtu, scene.now);
                scene.probes++;
            }
            assert_int_equal(scene.mtu.size, 1300);
        }
    }
    assert_in_range(scene.probes, 0, 20 * 1000 / 50);
}

static void test_this_machine_knows(void **state)
{
    struct path_mtu mtu;

    (void)state;
    path_mtu_init(&mtu, 1300);
    assert_true(path_mtu_too_large(&mtu, 1300, 0));
    assert_int_equal(mtu.size, 1252);
    assert_true(path_mtu_too_large(&mtu, 1252, 0));
    assert_int_equal(mtu.size, 1232);
    assert_false(path_mtu_too_large(&mtu, 1300, 0)); /* old news */
    assert_int_equal(mtu.size, 1232);
    assert_true(path_mtu_too_large(&mtu, 600, 0));
    assert_int_equal(mtu.size, 548);
    assert_false(path_mtu_too_large(&mtu, 548, 0));
    assert_int_equal(mtu.size, 548);
    assert_int_equal(path_mtu_probe_size(&mtu, SECOND), 0); /* it has just been told */
    assert_int_equal(path_mtu_probe_size(&mtu, 11 * SECOND), 1300);
    path_mtu_probe_sent(&mtu, 7);
    assert_false(path_mtu_too_large(&mtu, 1300, 11 * SECOND)); /* one refusal is enough: */
    assert_int_equal(path_mtu_probe_size(&mtu, 11 * SECOND), 1200);
    path_mtu_probe_sent(&mtu, 8);
    assert_true(path_mtu_probe_arrived(&mtu, 11 * SECOND));
    assert_int_equal(mtu.size, 1200);
}

static void test_configuration(void **state)
{
    struct scene scene = begin(1300, 1252);

    (void)state;
    path_mtu_set_maximum(&scene.mtu, 1000);
    assert_int_equal(scene.mtu.size, 1000);
    path_mtu_set_maximum(&scene.mtu, 1300);
    assert_int_equal(scene.mtu.size, 1300);
    run(&scene, SECOND);
    assert_int_equal(scene.mtu.size, 1252);
    path_mtu_set_maximum(&scene.mtu, 1290); /* what is known of the path stays */
    assert_int_equal(scene.mtu.size, 1252);
    path_mtu_set_maximum(&scene.mtu, 300);
    assert_int_equal(scene.mtu.size, 300);
    scene.passes = 200; /* nothing is done for such paths */
    run(&scene, 5 * SECOND);
    assert_int_equal(scene.mtu.size, 300);
    assert_int_equal(path_mtu_probe_size(&scene.mtu, scene.now), 0);
}

/* The limit was lowered to what passes anyway while a larger probe was on its way. */
static void test_probe_of_a_limit_that_was(void **state)
{
    struct path_mtu mtu;
    int probe;

    (void)state;
    path_mtu_init(&mtu, 1300);
    assert_true(path_mtu_too_large(&mtu, 1300, 0));
    probe = path_mtu_probe_size(&mtu, mtu.search_at);
    assert_true(probe > mtu.size);
    path_mtu_probe_sent(&mtu, 7);
    path_mtu_set_maximum(&mtu, mtu.size);
    probe = mtu.size;
    assert_false(path_mtu_probe_arrived(&mtu, mtu.search_at));
    assert_int_equal(mtu.size, probe);
    assert_int_equal(mtu.maximum, probe);
    assert_true(mtu.probe == 0);
    assert_int_equal(path_mtu_probe_size(&mtu, MINUTE), 0);
}

/* The machine refuses a size that is neither in use nor the probe's: that is old news. */
static void test_refused_sizes(void **state)
{
    struct path_mtu mtu;
    int size, probe;

    (void)state;
    path_mtu_init(&mtu, 1300);
    assert_true(path_mtu_too_large(&mtu, 1300, 0));
    size = mtu.size;
    probe = path_mtu_probe_size(&mtu, mtu.search_at);
    path_mtu_probe_sent(&mtu, 7);
    assert_false(path_mtu_too_large(&mtu, probe + 1, mtu.search_at));
    assert_true(mtu.probe == 7);
    assert_false(path_mtu_too_large(&mtu, probe, mtu.search_at));
    assert_true(mtu.probe == 0);
    assert_int_equal(mtu.size, size);
}

/* The maximum is lowered between two probes of a search: the next one was larger than it (simulated world 1136). */
static void test_maximum_lowered_during_search(void **state)
{
    struct path_mtu mtu;

    (void)state;
    path_mtu_init(&mtu, 1300);
    assert_true(path_mtu_too_large(&mtu, 600, 0));
    assert_int_equal(mtu.size, 548);
    assert_int_equal(path_mtu_probe_size(&mtu, 11 * SECOND), 1300);
    path_mtu_probe_sent(&mtu, 7);
    path_mtu_probe_lost(&mtu, 12 * SECOND);
    assert_int_equal(path_mtu_probe_size(&mtu, 12 * SECOND), 1300); /* once more */
    path_mtu_set_maximum(&mtu, 952);
    assert_int_equal(mtu.size, 548);
    assert_int_equal(path_mtu_probe_size(&mtu, 12 * SECOND), 952);
    path_mtu_probe_sent(&mtu, 8);
    assert_true(path_mtu_probe_arrived(&mtu, 12 * SECOND));
    assert_int_equal(mtu.size, 952);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_path_costs_nothing),
        cmocka_unit_test(test_finds_what_passes),
        cmocka_unit_test(test_takes_less_than_two_seconds),
        cmocka_unit_test(test_looks_again),
        cmocka_unit_test(test_no_black_hole),
        cmocka_unit_test(test_this_machine_knows),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_probe_of_a_limit_that_was),
        cmocka_unit_test(test_refused_sizes),
        cmocka_unit_test(test_maximum_lowered_during_search),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
