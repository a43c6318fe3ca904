/* SPDX-License-Identifier: ISC */
/*
 * phone: the one C++ file, a shim around libphonenumber.  It must never let
 * an exception through.
 */
#include <cstdio>
#include <string>

#include <phonenumbers/phonenumberutil.h>

extern "C" int phone_e164(const char *number, const char *region,
    char out_r[32]);

extern "C" int
phone_e164(const char *number, const char *region, char out_r[32])
{
	using i18n::phonenumbers::PhoneNumber;
	using i18n::phonenumbers::PhoneNumberUtil;

	try {
		PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
		PhoneNumber parsed;
		std::string text;

		if (util->Parse(number, region[0] != '\0' ? region : "ZZ",
		    &parsed) != PhoneNumberUtil::NO_PARSING_ERROR ||
		    !util->IsPossibleNumber(parsed))
			return -1;
		util->Format(parsed, PhoneNumberUtil::E164, &text);
		if (text.empty() || text.size() >= 32)
			return -1;
		(void)std::snprintf(out_r, 32, "%s", text.c_str());
		return 0;
	} catch (...) {
		return -1;
	}
}
