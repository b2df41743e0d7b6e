/* SPDX-License-Identifier: MIT
 *
 * Every call that our own machine can refuse (memory, sockets, threads, descriptors,
 * watches) fails once, in five scenes, each time in a process of its own. It goes on or
 * ends with a sentence; it neither hangs nor crashes; what it said to be on disk is
 * there; no provider is blamed; a successor resumes and tells what is owed.
 * `fault_us_calls_test SCENE CALL loop|others NUMBER` repeats one of them.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/fault/us_scene.h"
#include "tests/fault/us_ways.h"

#define WORKERS    2
#define DEADLINE_S 60
#define LONG_TRIES 2500
#ifdef __SANITIZE_ADDRESS__
#define FAST_TRIES 4
#else
#define FAST_TRIES 12
#endif
#define CALENDAR ((struct wall){1767225600000})

struct tally {
	int64_t calls, reached, clean, said, broken;
};

struct report {
	struct tally by_call[US_CALL_COUNT];
	char words[2000]; /* of the first one that went wrong */
};

static char root[64];
static struct us_ledger *ledgers; /* shared; one a worker */
static struct report *reports;    /* shared; one a worker */
static struct us_ways ways;

struct one {
	const struct us_scene *scene;
	enum us_call call;
	enum us_side side;
	int64_t at;
	int worker;
};

/* ---- places ---- */

static void place(char *out, size_t size, int worker, const char *name)
{
	(void)snprintf(out, size, "%s/%d/%s", root, worker, name);
}

static void sweep(int worker)
{
	static const char *const names[] = {"dimwatch.db", "dimwatch.db-wal",
	    "dimwatch.db-shm", "dimwatch.db.lock", "words"};
	char path[160];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		place(path, sizeof(path), worker, names[i]);
		(void)unlink(path);
	}
}

static void read_words(int worker, char *out, size_t size)
{
	char path[160];
	FILE *f;
	size_t n = 0;

	place(path, sizeof(path), worker, "words");
	f = fopen(path, "r");
	if (f) {
		n = fread(out, 1, size - 1, f);
		(void)fclose(f);
	}
	out[n] = '\0';
}

/* ---- the process that fails, and its successor ---- */

static void enter_child(int worker)
{
	struct rlimit none = {0, 0};
	char path[160];
	int fd;

	place(path, sizeof(path), worker, "words");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(99);
	(void)close(fd);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGABRT, SIG_DFL);
	(void)signal(SIGSEGV, SIG_DFL);
	(void)alarm(DEADLINE_S);
}

static _Noreturn void be_unlucky(const struct one *o)
{
	char dir[100];
	struct us_house h = {
	    .dir = dir, .ledger = &ledgers[o->worker], .clock = LOOP_SKIPPING};
	struct err e = {0};
	bool good;

	place(dir, sizeof(dir), o->worker, "");
	enter_child(o->worker);
	if (o->scene->prepare && !o->scene->prepare(&h, &e)) {
		(void)fprintf(stderr, "preparing: %s\n", e.msg);
		_exit(98);
	}
	us_trace(o->at ? NULL : ways.at, US_WAYS_MAX);
	us_arm(o->call, o->side, o->at);
	good = o->scene->act(&h, &e);
	us_disarm();
	for (int c = 0; c < US_CALL_COUNT; c++) {
		for (int s = 0; s < US_SIDE_COUNT; s++)
			h.ledger->counted[c][s] =
			    us_counted((enum us_call)c, (enum us_side)s);
	}
	h.ledger->happened = us_happened();
	if (!good)
		(void)fprintf(stderr, "dimwatch run: %s\n", e.msg);
	us_close(&h);
	_exit(good ? 0 : 3);
}

static _Noreturn void be_successor(const struct one *o)
{
	char dir[100];

	place(dir, sizeof(dir), o->worker, "");
	enter_child(o->worker);
	_exit(us_succeed(o->scene, dir, &ledgers[o->worker]) ? 0 : 1);
}

static int run_child(const struct one *o, void (*be)(const struct one *o))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		be(o);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	return status;
}

/* ---- one case ---- */

static void note_broken(const struct one *o, const char *what, int status)
{
	struct report *r = &reports[o->worker];
	char words[1500];

	r->by_call[o->call].broken++;
	if (*r->words)
		return;
	read_words(o->worker, words, sizeof(words));
	(void)snprintf(r->words, sizeof(r->words), "%s: %s %lld (%s): %s, status %x: %s",
	    o->scene->name, us_call_name(o->call), (long long)o->at,
	    o->side == US_LOOP ? "loop" : "others", what, (unsigned int)status, words);
}

/* Did it go on, or end with a sentence? */
static bool ended_well(const struct one *o, int status, bool *ret_said)
{
	char words[1500];

	read_words(o->worker, words, sizeof(words));
	*ret_said = true;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGABRT &&
		       strstr(words, "dimwatch: out of memory");
	if (strstr(words, "Sanitizer") || strstr(words, "runtime error"))
		return false;
	*ret_said = WEXITSTATUS(status) != 0;
	return WEXITSTATUS(status) == 0 || (WEXITSTATUS(status) == 3 && *words);
}

static void try_one(const struct one *o)
{
	struct us_ledger *l = &ledgers[o->worker];
	struct tally *t = &reports[o->worker].by_call[o->call];
	bool said = false;
	int status;

	memset(l, 0, sizeof(*l));
	l->now = CALENDAR;
	sweep(o->worker);
	status = run_child(o, be_unlucky);
	t->calls++;
	t->reached += WIFSIGNALED(status) || l->happened;
	if (!ended_well(o, status, &said)) {
		note_broken(o, "it broke", status);
		return;
	}
	t->said += said;
	t->clean += !said;
	status = run_child(o, be_successor);
	if (status != 0)
		note_broken(o, "its successor", status);
}

/* ---- all cases of a scene ---- */

static bool is_long(void)
{
	const char *is = getenv("DIMWATCH_TESTS_LONG");

	return is && *is;
}

/* The fast form tries some; the whole one all of a scene, and where that would be tens of
 * thousands each new way and every twelfth of the others. */
static bool is_wanted(const struct one *o, int64_t n)
{
	bool memory = o->call == US_MALLOC;
	int64_t number = memory ? us_way(&ways, o->side, o->at) : o->at;
	int64_t many = memory ? ways.n[o->side] : n;
	int64_t stride = many > FAST_TRIES ? many / FAST_TRIES : 1;

	if (is_long())
		return number > 0 || n <= LONG_TRIES || o->at % 12 == 0;
	return number > 0 && number % stride == 0;
}

static _Noreturn void work(
    const struct us_scene *s, int worker, int64_t n[US_CALL_COUNT][US_SIDE_COUNT])
{
	int64_t turn = 0;

	for (int c = 0; c < US_CALL_COUNT; c++) {
		for (int side = 0; side < US_SIDE_COUNT; side++) {
			struct one o = {
			    s, (enum us_call)c, (enum us_side)side, 0, worker};
			int64_t most = n[c][side];

			for (o.at = 1; o.at <= most; o.at++) {
				if (is_wanted(&o, most) && turn++ % WORKERS == worker)
					try_one(&o);
			}
		}
	}
	_exit(0);
}

static void count_calls(
    const struct us_scene *s, int64_t ret[US_CALL_COUNT][US_SIDE_COUNT])
{
	struct one o = {.scene = s};

	memset(reports, 0, WORKERS * sizeof(*reports));
	try_one(&o);
	if (*reports[0].words)
		fail_msg("without any fault: %s", reports[0].words);
	memcpy(ret, ledgers[0].counted, sizeof(ledgers[0].counted));
	for (int side = 0; side < US_SIDE_COUNT; side++)
		us_ways_number(&ways, (enum us_side)side, ret[US_MALLOC][side]);
	printf("# %s: allocations come by %lld ways on the loop, %lld beside it\n",
	    s->name, (long long)ways.n[US_LOOP], (long long)ways.n[US_OTHERS]);
	for (int c = 0; c < US_CALL_COUNT; c++)
		printf("# %s: %lld x %s on the loop, %lld beside it\n", s->name,
		    (long long)ret[c][US_LOOP], us_call_name((enum us_call)c),
		    (long long)ret[c][US_OTHERS]);
	memset(reports, 0, WORKERS * sizeof(*reports));
}

static int64_t say_evidence(const struct us_scene *s)
{
	int64_t broken = 0;

	for (int c = 0; c < US_CALL_COUNT; c++) {
		struct tally t = {0};

		for (int w = 0; w < WORKERS; w++) {
			const struct tally *one = &reports[w].by_call[c];

			t.calls += one->calls;
			t.reached += one->reached;
			t.clean += one->clean;
			t.said += one->said;
			t.broken += one->broken;
		}
		broken += t.broken;
		if (t.calls)
			printf(
			    "# evidence us %s %s: %lld failed once, %lld went on, %lld "
			    "ended with a sentence, %lld broke\n",
			    s->name, us_call_name((enum us_call)c), (long long)t.reached,
			    (long long)t.clean, (long long)t.said, (long long)t.broken);
	}
	(void)fflush(stdout);
	return broken;
}

static void play(enum us_scene_id id)
{
	const struct us_scene *s = &us_scenes[id];
	int64_t n[US_CALL_COUNT][US_SIDE_COUNT];
	pid_t pids[WORKERS];

	count_calls(s, n);
	(void)fflush(stdout);
	for (int w = 0; w < WORKERS; w++) {
		pids[w] = fork();
		assert_true(pids[w] >= 0);
		if (pids[w] == 0)
			work(s, w, n);
	}
	for (int w = 0; w < WORKERS; w++) {
		int status = 0;

		assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
		assert_int_equal(status, 0);
	}
	if (say_evidence(s) == 0)
		return;
	for (int w = 0; w < WORKERS; w++) {
		if (*reports[w].words)
			print_message("%s\n", reports[w].words);
	}
	fail();
}

static void any_call_fails_once_from_start_to_first_samples_and_exit(void **state)
{
	(void)state;
	play(US_SCENE_START);
}

static void any_call_fails_once_while_an_outage_opens_and_is_told(void **state)
{
	(void)state;
	play(US_SCENE_OUTAGE);
}

static void any_call_fails_once_while_a_delivery_is_tried_again(void **state)
{
	(void)state;
	play(US_SCENE_RETRY);
}

static void any_call_fails_once_in_a_reload(void **state)
{
	(void)state;
	play(US_SCENE_RELOAD);
}

static void any_call_fails_once_in_a_restart_that_restores_and_rolls_up(void **state)
{
	(void)state;
	play(US_SCENE_RESTART);
}

static int set_up(void **state)
{
	const char *fast = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	size_t n_ledgers = WORKERS * sizeof(*ledgers);
	char path[160];

	(void)state;
	(void)snprintf(root, sizeof(root), "%s/dimwatch-us.XXXXXX", fast);
	if (!mkdtemp(root))
		return -1;
	for (int w = 0; w < WORKERS; w++) {
		place(path, sizeof(path), w, "");
		if (mkdir(path, 0700) != 0)
			return -1;
	}
	ledgers = mmap(NULL, n_ledgers + WORKERS * sizeof(*reports),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ledgers == MAP_FAILED)
		return -1;
	reports = (struct report *)(void *)(ledgers + WORKERS);
	return us_ways_init(&ways) ? 0 : -1;
}

static int tear_down(void **state)
{
	char path[160];

	(void)state;
	for (int w = 0; w < WORKERS; w++) {
		sweep(w);
		place(path, sizeof(path), w, "");
		(void)rmdir(path);
	}
	return rmdir(root);
}

/* SCENE CALL SIDE NUMBER: that one, in this process, for a debugger. */
static _Noreturn void repeat(char **words)
{
	struct one o = {.at = strtoll(words[3], NULL, 10)};

	for (int i = 0; i < US_SCENE_COUNT; i++) {
		if (!strcmp(us_scenes[i].name, words[0]))
			o.scene = &us_scenes[i];
	}
	for (int c = 0; c < US_CALL_COUNT; c++) {
		if (!strcmp(us_call_name((enum us_call)c), words[1]))
			o.call = (enum us_call)c;
	}
	o.side = strcmp(words[2], "loop") ? US_OTHERS : US_LOOP;
	if (!o.scene || set_up(NULL) != 0)
		exit(2);
	ledgers[0].now = CALENDAR;
	be_unlucky(&o);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_call_fails_once_from_start_to_first_samples_and_exit),
	    cmocka_unit_test(any_call_fails_once_while_an_outage_opens_and_is_told),
	    cmocka_unit_test(any_call_fails_once_while_a_delivery_is_tried_again),
	    cmocka_unit_test(any_call_fails_once_in_a_reload),
	    cmocka_unit_test(any_call_fails_once_in_a_restart_that_restores_and_rolls_up),
	};
	if (argc == 5)
		repeat(argv + 1);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
