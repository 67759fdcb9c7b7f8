/* SPDX-License-Identifier: MIT */
#include "base/load.h"

#include <dlfcn.h>
#include <string.h>

static enum sw_err not_found(const char *library, const char *what, struct sw_error *err)
{
	const char *why = dlerror();

	return sw_fail(err, SW_E_OS, "%s, which %s, cannot be loaded: %s", library, what,
		       why ? why : "no reason is given");
}

enum sw_err sw_load(const char *library, const char *what,
		    const struct sw_load_symbol *symbols, size_t count, void *ret,
		    struct sw_error *err)
{
	void *lib = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	enum sw_err e = lib ? SW_OK : not_found(library, what, err);

	for (size_t i = 0; !e && i < count; i++) {
		void *found = dlsym(lib, symbols[i].name);

		if (!found)
			e = not_found(library, what, err);
		else
			memcpy((char *)ret + symbols[i].at, &found, sizeof(found));
	}
	if (lib)
		dlclose(lib);
	return e;
}
