/* SPDX-License-Identifier: ISC */
/*
 * rules: what the rules would do with a message, and taking back what one of
 * them did.
 *
 * The hook: daemon/filing gives functions of struct rules_hook to
 * rules_hook_set(); without them both routes say that there are no rules.
 */
#include "daemon/api/rules.h"

#include "daemon/api/handlers.h"

static const struct rules_hook *hook;

void
rules_hook_set(const struct rules_hook *h)
{
	hook = h;
}

static int
rules_none(struct call *call)
{
	if (hook != NULL)
		return 0;
	call_fail(call, PROBLEM_NOT_DONE, SAY_API_D_NO_FILING);
	return -1;
}

int
rules_begin(struct call *call)
{
	if (rules_none(call) == -1)
		return -1;
	return hook->test_begin(call);
}

void
rules_bytes(struct call *call, const void *data, size_t len)
{
	hook->test_bytes(call, data, len);
}

void
rules_test(struct call *call)
{
	hook->test(call);
}

void
rules_undo(struct call *call)
{
	if (rules_none(call) == 0)
		hook->undo(call);
}
