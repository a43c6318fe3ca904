/* SPDX-License-Identifier: ISC */
/*
 * roof: the case and the bundle of roof.h, in a store of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/roof.h"

struct trouble trouble;
struct id client, kase, other, late, early, twin, mid, elsewhere;
struct id bundle;
const struct id none;

/* ---- saying ----------------------------------------------------------- */

uint64_t
roof_entry(enum kind kind, struct names names, const char *body)
{
	return fill_entry(&fill, kind, &names, body);
}

struct id
roof_letter(const char *bytes, const char *received)
{
	char front[128];

	(void)snprintf(front, sizeof(front),
	    "'channel':'post','direction':'in','received':'%s',", received);
	return fill_document(&fill, bytes, "api", front, "");
}

uint64_t
roof_file(struct id document, struct id under)
{
	return roof_entry(KIND_DOCUMENT_FILED, (struct names){ .client = client,
	    .kase = under, .document = document },
	    "{'certainty':'person','main':true}");
}

uint64_t
roof_mark(struct id document, const char *body)
{
	return roof_entry(KIND_DOCUMENT_MARKED,
	    (struct names){ .document = document }, body);
}

uint64_t
roof_about(enum kind kind, struct id of, struct id document, const char *body)
{
	return roof_entry(kind, (struct names){ .client = client, .kase = kase,
	    .bundle = of, .document = document }, body);
}

uint64_t
roof_decide(struct id of, struct id document, const char *body)
{
	return roof_about(KIND_BUNDLE_DECIDED, of, document, body);
}

struct id
roof_open(const char *body)
{
	(void)roof_about(KIND_BUNDLE_OPENED, none, none, body);
	assert_int_equal(fill.last.number.kind, ID_BUNDLE);
	return fill.last.number;
}

void
roof_build(struct id of, unsigned number, const char *lines)
{
	struct log *log = store_log(fill.store);
	struct batch *batch;
	struct draft d = { .kind = KIND_BUNDLE_BUILT, .actor = "dossierd",
	    .client = REF_ID(client), .kase = REF_ID(kase),
	    .contact = REF_NONE, .document = REF_NONE, .staff = REF_NONE,
	    .bundle = of, .blob = -1 };
	struct blobw *blob = blobw_new(log, 0);
	struct buf body = BUF_INIT;
	uint8_t hash[LOG_HASH_LEN];
	char text[128];

	(void)snprintf(text, sizeof(text), "{'build':%u,'position':%llu}",
	    number, (unsigned long long)fill.last.seq);
	(void)roof_about(KIND_BUNDLE_ASKED, of, none, text);
	batch = batch_new(log);
	assert_non_null(batch);
	assert_non_null(blob);
	assert_int_equal(blobw_add(blob, lines, strlen(lines)), 0);
	blobw_hash(blob, hash);
	buf_adds(&body, "{\"build\":");
	buf_addu(&body, number);
	buf_adds(&body, ",\"bytes\":5,\"documents\":1,\"files\":2,"
	    "\"numbers\":\"");
	buf_addhex(&body, hash, sizeof(hash));
	buf_adds(&body, "\",\"pages\":3,\"tagmanifest\":\"ab\","
	    "\"withheld\":0}");
	d.body = buf_str(&body);
	d.bodylen = body.len;
	assert_int_not_equal(batch_blob(batch, blob), -1);
	assert_int_equal(batch_draft(batch, &d), 0);
	assert_int_equal(log_append_wait(log, batch, &fill.last, 1),
	    LOG_DONE);
	assert_int_equal(store_wait(fill.store, fill.last.seq, 20000), 1);
	buf_release(&body);
}

const char *
roof_line(struct id document, const char *first, const char *last,
    const char *treatment)
{
	static char text[4][400];
	static unsigned turn;
	struct numbered v = { .document = document, .pages = 2,
	    .treatment = strcmp(treatment, "produce") == 0 ? TREAT_PRODUCE :
	    TREAT_WITHHOLD };
	struct buf out = BUF_INIT;
	char *to = text[turn++ % 4];

	(void)snprintf(v.first, sizeof(v.first), "%s", first);
	(void)snprintf(v.last, sizeof(v.last), "%s", last);
	numbered_put(&out, &v);
	(void)snprintf(to, sizeof(text[0]), "%s", buf_str(&out));
	buf_release(&out);
	return to;
}

/* ---- the story -------------------------------------------------------- */

int
roof_begin(void **state)
{
	(void)state;
	memset(&trouble, 0, sizeof(trouble));
	fill_begin(&fill);
	(void)roof_entry(KIND_CLIENT_ADDED, (struct names){ .bundle = none },
	    "{'name':'Ada'}");
	client = fill.last.number;
	(void)roof_entry(KIND_CASE_OPENED, (struct names){ .client = client },
	    "{'title':'Roof'}");
	kase = fill.last.number;
	(void)roof_entry(KIND_CASE_OPENED, (struct names){ .client = client },
	    "{'title':'Wall'}");
	other = fill.last.number;
	late = roof_letter("late", "2026-03-03");
	early = roof_letter("early", "2026-01-01");
	mid = roof_letter("mid", "2026-02-02");
	elsewhere = roof_letter("elsewhere", "2026-02-01");
	twin = roof_letter("twin", "2026-01-09");
	(void)roof_file(late, kase);
	(void)roof_file(early, kase);
	(void)roof_file(mid, kase);
	(void)roof_file(elsewhere, other);
	(void)roof_file(twin, kase);
	(void)roof_entry(KIND_DOCUMENT_LINKED,
	    (struct names){ .document = twin },
	    "{'as':'copy-of','other':'D-000002','why':'person'}");
	bundle = roof_open("{'prefix':'K1-','profile':'production'}");
	return 0;
}

int
roof_end(void **state)
{
	(void)state;
	fill_end(&fill);
	return 0;
}

/* ---- asking ----------------------------------------------------------- */

struct plan *
roof_plan(struct id of, uint64_t position, uint64_t decided, unsigned max)
{
	struct plan *plan = plan_new(fill.store, &of, position, decided,
	    &trouble);
	int got;

	assert_non_null(plan);
	while ((got = plan_more(plan, max, &trouble)) == 1)
		;
	assert_int_equal(got, 0);
	return plan;
}

void
roof_rows(const struct plan *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->n; i++) {
		plan_row(plan, i, out);
		buf_addc(out, '\n');
	}
	buf_addu(out, plan->next);
	for (size_t i = 0; i < plan->napart; i++)
		buf_adds(out, plan->apart[i].reason);
}

void
roof_expect(struct id of, uint64_t position, const char *want)
{
	struct buf is = BUF_INIT, whole = BUF_INIT, sliced = BUF_INIT;
	struct plan *plan = roof_plan(of, position, 0, 1000);
	struct plan *again = roof_plan(of, position, 0, 1);
	char text[ID_TEXT_MAX];

	for (size_t i = 0; i < plan->n; i++) {
		assert_int_equal(plan->item[i].order, i + 1);
		buf_adds(&is, i > 0 ? ", " : "");
		buf_adds(&is, id_text(&plan->item[i].document, text));
		buf_addc(&is, ' ');
		buf_adds(&is, treatment_name(plan->item[i].treatment));
	}
	assert_string_equal(buf_str(&is), want);
	roof_rows(plan, &whole);
	roof_rows(again, &sliced);
	assert_string_equal(buf_str(&whole), buf_str(&sliced));
	plan_free(plan);
	plan_free(again);
	buf_release(&is);
	buf_release(&whole);
	buf_release(&sliced);
}
