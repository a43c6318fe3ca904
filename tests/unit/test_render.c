/* SPDX-License-Identifier: ISC */
/*
 * render: what becomes of a document that is to be rendered, with programs
 * that answer, die, hang, are not there, or say too much; and whether what
 * was kept is what a bundle then takes.  This program is those readers and
 * drawers too, by the folder in which it was started.
 */
#include "daemon/export/render.h"

#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/export/bundle_own.h"
#include "tests/unit/fill.h"

#define WAIT_MS 20000

/* ---- readers and drawers ------------------------------------------ */

static int
receive(struct reading_request *q, int fds[2])
{
	union {
		struct cmsghdr	 head;
		char		 room[CMSG_SPACE(2 * sizeof(int))];
	} u;
	struct iovec iov = { q, sizeof *q };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &u, .msg_controllen = sizeof u };

	if (recvmsg(3, &m, 0) != (ssize_t)sizeof *q ||
	    CMSG_FIRSTHDR(&m) == NULL)
		return -1;
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&m)), 2 * sizeof(int));
	return 0;
}

static void
answer(int fd, uint64_t size, uint32_t pages, const char *type)
{
	struct reading_tail t = { .magic = READING_TAIL, .size = size,
	    .pages = pages };

	(void)snprintf(t.type, sizeof t.type, "%s", type);
	if ((size <= 5 && write(fd, pages > 0 ? "pages" : "text",
	    (size_t)size) != (ssize_t)size) ||
	    ftruncate(fd, (off_t)size) == -1 ||
	    pwrite(fd, &t, sizeof t, (off_t)size) != (ssize_t)sizeof t)
		_exit(9);
}

static void
draw(const char *how, int fd)
{
	if (strcmp(how, "full") == 0)
		answer(fd, LIMIT_RENDER_BYTES - 4, 2, "t");
	else if (strcmp(how, "past") == 0)
		answer(fd, LIMIT_RENDER_BYTES - 3, 2, "t");
	else if (strcmp(how, "strange") == 0)
		answer(fd, 5, 2, "t\x01");
	else
		answer(fd, 5, 2, "text/plain");
}

/* Says that it was asked, through a FIFO in its folder, and no more. */
static int
hang(const char *self)
{
	char at[512];

	(void)snprintf(at, sizeof at, "%s/asked", self);
	if (close(open(at, O_WRONLY)) == -1)
		return 1;
	return pause();
}

/* self: the folder in which it was started; how: its name. */
static int
play(const char *self, const char *how, int drawer)
{
	struct reading_hello h = { READING_HELLO, "played", "played" };
	struct reading_request q;
	struct reading_verdict v = { READING_MAGIC, 0, READING_DONE, 0 };
	int fds[2];

	if (strcmp(how, "other") == 0)
		(void)snprintf(h.maker, sizeof h.maker, "other");
	if (send(3, &h, sizeof h, 0) != (ssize_t)sizeof h)
		return 1;
	while (receive(&q, fds) == 0) {
		if (drawer && (strcmp(how, "dies") == 0 ||
		    strcmp(how, "other") == 0))
			return 1;
		if (drawer && strcmp(how, "sleeps") == 0)
			return hang(self);
		if (drawer)
			draw(how, fds[1]);
		else
			answer(fds[1], 4, 0, "text/plain");
		v.id = q.id;
		(void)close(fds[0]);
		(void)close(fds[1]);
		if (send(3, &v, sizeof v, 0) != (ssize_t)sizeof v)
			return 1;
	}
	return 0;
}

/* ---- a store, a loop, a document that is due ----------------------- */

static struct fill store;
static char folder[256], path[512];
static struct id doc;
static struct event_base *base;
static struct event *collect;
static struct maker *maker;
static struct render *r;
static unsigned ended;
static uint64_t ended_seq;
static const struct names nobody;

static void
on_collect(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	log_collect(store_log(store.store));
}

static void
on_done(void *arg, const struct id *document, uint64_t seq)
{
	assert_ptr_equal(arg, &ended);
	assert_true(id_equal(document, &doc));
	ended++;
	ended_seq = seq;
	(void)event_base_loopbreak(base);
}

static void
read_again(void)
{
	struct names n = { .document = doc };

	(void)fill_entry(&store, KIND_DOCUMENT_READ, &n, "{'reader':'t',"
	    "'reading':{'type':'text/plain'},'status':'read'}");
}

/* The path of the reader of that folder; absent: nothing is there. */
static const char *
programs(const char *how)
{
	static const char *const names[] = { "dossier-drawer",
	    "dossier-reader" };

	(void)snprintf(path, sizeof path, "%s/%s", folder, how);
	(void)mkdir(path, 0700);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof path, "%s/%s/%s", folder, how,
		    names[i]);
		if (strcmp(how, "absent") != 0 && access(path, F_OK) == -1)
			assert_int_equal(symlink("/proc/self/exe", path), 0);
	}
	return path;
}

static void
begin(const char *how)
{
	const struct render_conf conf = { .reader = programs(how),
	    .lang = LANG_EN, .maker = maker };

	r = render_new(base, store.store, &conf, on_done, &ended);
	assert_non_null(r);
	ended = 0;
	ended_seq = 0;
}

static void
work(struct known_work *w)
{
	assert_int_equal(known_unrendered(store.store, NULL, w, 1), 1);
	assert_true(id_equal(&w->document, &doc));
	assert_false(render_busy(r));
	render_work(r, w);
	assert_true(render_busy(r));
}

static void
end(void)
{
	render_abandon(r);
	render_free(r);
}

/* What was stated of the document, read back; its blob in bytes. */
static void
stated(struct rendition *out, struct buf *bytes)
{
	struct buf body = BUF_INIT;
	struct loc loc;
	uint64_t size;

	assert_int_equal(store_wait(store.store, ended_seq, WAIT_MS), 1);
	assert_int_equal(known_rendition(store.store, &doc, 0, &body, &loc,
	    &size), 1);
	assert_int_equal(rendition_take(out, buf_str(&body), body.len), 0);
	assert_int_equal(size, out->size);
	if (size > 0 && bytes != NULL) {
		struct blobr *b = blob_open(store_log(store.store), &loc,
		    NULL);

		assert_non_null(b);
		assert_int_equal(blobr_read(b, 0, (size_t)size, bytes, NULL),
		    0);
		blobr_free(b);
	}
	buf_release(&body);
}

static struct rendition got;

/* Renders it with those programs: 1 member is what comes of it. */
static const struct rendition_member *
rendered(const char *how, struct buf *bytes)
{
	struct known_work w;

	read_again();
	begin(how);
	work(&w);
	assert_int_equal(event_base_dispatch(base), 0);
	assert_int_equal(ended, 1);
	assert_int_not_equal(ended_seq, 0);
	end();
	stated(&got, bytes);
	assert_int_equal(got.n, 1);
	assert_int_equal(known_unrendered(store.store, NULL, &w, 1), 0);
	return &got.member[0];
}

/* ---- the tests ----------------------------------------------------- */

static void
test_kept(void **state)
{
	struct buf bytes = BUF_INIT;
	const struct rendition_member *m = rendered("honest", &bytes);

	(void)state;
	assert_string_equal(buf_str(&bytes), "textpages");
	assert_int_equal(m->text.outcome, READING_DONE);
	assert_int_equal(m->pages.outcome, READING_DONE);
	assert_int_equal(m->pages.pages, 2);
	assert_int_equal(m->pages.at, 4);
	assert_string_equal(m->pages.type, "text/plain");
	assert_string_equal(got.maker, "played, played");
	buf_release(&bytes);
}

static void
test_drawer_dies(void **state)
{
	const struct rendition_member *m = rendered("dies", NULL);

	(void)state;
	assert_int_equal(m->text.outcome, READING_DONE);
	assert_true(m->pages.said);
	assert_int_equal(m->pages.outcome, READING_DIED);
	assert_int_equal(got.size, 4);
}

static void
test_limits(void **state)
{
	const struct rendition_member *m = rendered("full", NULL);

	(void)state;
	assert_int_equal(m->pages.outcome, READING_DONE);
	assert_int_equal(got.size, LIMIT_RENDER_BYTES);
	m = rendered("past", NULL);
	assert_true(m->text.said);
	assert_false(m->pages.said);
	assert_int_equal(got.size, 4);
}

static void
test_strange_type(void **state)
{
	const struct rendition_member *m = rendered("strange", NULL);

	(void)state;
	assert_true(m->text.said);
	assert_false(m->pages.said);
}

/* Nothing is said of the document, and it rests. */
static void
test_absent(void **state)
{
	struct known_work w;
	struct log_head before, after;

	(void)state;
	read_again();
	log_head(store_log(store.store), &before);
	begin("absent");
	work(&w);
	assert_int_equal(event_base_dispatch(base), 0);
	assert_int_equal(ended, 1);
	assert_int_equal(ended_seq, 0);
	assert_true(render_busy(r));
	end();
	log_head(store_log(store.store), &after);
	assert_int_equal(before.seq, after.seq);
}

static void
test_given_up(void **state)
{
	char asked[512];
	struct known_work w;
	struct log_head before, after;

	(void)state;
	read_again();
	log_head(store_log(store.store), &before);
	begin("sleeps");
	(void)snprintf(asked, sizeof asked, "%s/sleeps/asked", folder);
	assert_int_equal(mkfifo(asked, 0600), 0);
	work(&w);
	assert_int_equal(close(open(asked, O_RDONLY)), 0);
	assert_int_equal(render_pending(r), 0);
	end();		/* the test would last for the drawer's minute */
	assert_int_equal(ended, 0);
	log_head(store_log(store.store), &after);
	assert_int_equal(before.seq, after.seq);
}

/* What somebody stated meanwhile is not stated twice. */
static void
test_conflict(void **state)
{
	struct known_work w;
	uint64_t first;

	(void)state;
	read_again();
	begin("honest");
	work(&w);
	assert_int_equal(event_base_dispatch(base), 0);
	first = ended_seq;
	render_work(r, &w);
	assert_int_equal(event_base_dispatch(base), 0);
	assert_int_equal(ended, 2);
	assert_int_equal(ended_seq, first);
	end();
}

/* Looks at the document as a bundle does, with those programs. */
static void
look(const char *how, const char *today, struct family *f)
{
	const struct looking l = { .store = store.store, .lang = LANG_EN,
	    .maker = today };
	struct reading_client *c = reading_client_new(programs(how), -1);
	struct trouble t;

	assert_non_null(c);
	assert_int_equal(family_fill(&l, c, &doc, f, &t), 0);
	assert_int_equal(f->n, 1);
	reading_client_free(c);
}

static void
channel(const char *value, const char *was)
{
	struct names n = { .document = doc };
	char body[128];

	(void)snprintf(body, sizeof body, "{'field':'channel','value':'%s',"
	    "'was':'%s'}", value, was);
	(void)fill_entry(&store, KIND_DOCUMENT_CORRECTED, &n, body);
}

static void
test_used(void **state)
{
	static const char *const others[] = { NULL, "", "played, other" };
	struct family f;

	(void)state;
	(void)rendered("honest", NULL);
	/* The drawer is not asked: it would die. */
	look("dies", "played, played", &f);
	assert_int_equal(f.member[0].pages, 2);
	assert_int_equal(f.member[0].image_size, 5);
	assert_false(f.member[0].slip);
	family_release(&f);
	for (int i = 0; i < 3; i++) {
		look("dies", others[i], &f);
		assert_true(f.member[0].slip);
		assert_string_equal(f.member[0].problem, "unread");
		family_release(&f);
	}
	/* It is said to have come as a mail, and then as it did. */
	channel("email", "post");
	look("dies", "played, played", &f);
	assert_true(f.member[0].slip);
	family_release(&f);
	channel("post", "email");
	look("dies", "played, played", &f);
	assert_false(f.member[0].slip);
	family_release(&f);
	/* It was read again since: what is kept is of another reading. */
	read_again();
	look("dies", "played, played", &f);
	assert_true(f.member[0].slip);
	family_release(&f);
	/* That a drawer died of it is asked again. */
	(void)rendered("dies", NULL);
	look("honest", "played, played", &f);
	assert_int_equal(f.member[0].pages, 2);
	assert_false(f.member[0].slip);
	family_release(&f);
}

/* Asked of the programs once, and again when they are others. */
static void
test_maker(void **state)
{
	struct maker *m = maker_new();
	struct reading_client *c = reading_client_new(programs("honest"), -1);
	char text[READING_MAKER_MAX];

	(void)state;
	assert_int_equal(maker_text(m, c, text), 0);
	assert_string_equal(text, "played, played");
	reading_client_free(c);
	c = reading_client_new(programs("absent"), -1);
	assert_int_equal(maker_text(m, c, text), -1);
	reading_client_free(c);
	maker_free(m);
}

/* ---- around them --------------------------------------------------- */

static int
setup(void **state)
{
	struct names n = nobody;

	(void)state;
	(void)snprintf(folder, sizeof folder, "/tmp/dossier-render-XXXXXX");
	assert_non_null(mkdtemp(folder));
	fill_begin(&store);
	(void)fill_entry(&store, KIND_CLIENT_ADDED, &n, "{'name':'Ling'}");
	n.client = store.last.number;
	doc = fill_document(&store, "a letter", "test", "'channel':'post',",
	    "");
	n.document = doc;
	read_again();
	(void)fill_entry(&store, KIND_DOCUMENT_FILED, &n,
	    "{'certainty':'person','main':true}");
	maker = maker_new();
	base = event_base_new();
	assert_int_equal(event_base_priority_init(base, 3), 0);
	collect = event_new(base, log_fd(store_log(store.store)), EV_READ |
	    EV_PERSIST, on_collect, NULL);
	assert_int_equal(event_add(collect, NULL), 0);
	return 0;
}

static int
teardown(void **state)
{
	char command[512];

	(void)state;
	event_free(collect);
	maker_free(maker);
	fill_end(&store);
	event_base_free(base);
	(void)snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

int
main(void)
{
	char *self = (char *)getauxval(AT_EXECFN), *name, *how;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_drawer_dies),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_strange_type),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_used),
		cmocka_unit_test(test_maker),
	};

	name = strrchr(self, '/');
	name = name == NULL ? self : name + 1;
	if (strcmp(name, "dossier-reader") != 0 &&
	    strcmp(name, "dossier-drawer") != 0)
		return cmocka_run_group_tests(tests, setup, teardown);
	name[-1] = '\0';
	how = strrchr(self, '/');
	return play(self, how == NULL ? self : how + 1,
	    strcmp(name, "dossier-drawer") == 0);
}
