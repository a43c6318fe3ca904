/* SPDX-License-Identifier: ISC */
/*
 * office: is this address or number one of our own?  It must never say so of
 * a sub-domain that the configuration does not name.
 */
#include "daemon/filing/office.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/filing/filing.h"

static void
list_release(char *list[])
{
	for (size_t i = 0; list[i] != NULL; i++) {
		free(list[i]);
		list[i] = NULL;
	}
}

void
office_release(struct office *office)
{
	list_release(office->domain);
	list_release(office->address);
	list_release(office->number);
}

int
office_address(const struct office *office, const char *address)
{
	const char *at = strrchr(address, '@');

	for (size_t i = 0; office->address[i] != NULL; i++) {
		if (strcasecmp(office->address[i], address) == 0)
			return 1;
	}
	for (size_t i = 0; at != NULL && office->domain[i] != NULL; i++) {
		if (strcasecmp(office->domain[i], at + 1) == 0)
			return 1;
	}
	return 0;
}

int
office_number(const struct office *office, const char *e164)
{
	char own[32];

	for (size_t i = 0; office->number[i] != NULL; i++) {
		if (phone_e164(office->number[i], office->region, own) == 0 &&
		    strcmp(own, e164) == 0)
			return 1;
	}
	return 0;
}
