/* SPDX-License-Identifier: MIT */
#include "base/load.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/mem.h"

/* The loader says it in words: "...: cannot create searchlist: Cannot allocate memory", or
 * "out of memory" when there was none for more of them. */
static bool lacked_memory(int os_errno, const char *why)
{
	const char *words = strerrordesc_np(ENOMEM);

	return os_errno == ENOMEM || (why && words && strcasestr(why, words)) ||
	       (why && strcasestr(why, "out of memory"));
}

static enum sw_err failed(const char **ret_why)
{
	int os_errno = errno;
	const char *why = dlerror();

	*ret_why = why ? why : "no reason is given";
	if (!lacked_memory(os_errno, why))
		return SW_E_OS;
	sw_mem_note_refusal();
	return SW_E_NOMEM;
}

enum sw_err sw_load_open(const char *library, void **ret, const char **ret_why)
{
	errno = 0;
	*ret = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	return *ret ? SW_OK : failed(ret_why);
}

enum sw_err sw_load(const char *library, const char *what,
		    const struct sw_load_symbol *symbols, size_t count, void *ret,
		    struct sw_error *err)
{
	const char *why = "";
	void *lib = NULL;
	enum sw_err e = sw_load_open(library, &lib, &why);

	for (size_t i = 0; !e && i < count; i++) {
		errno = 0;
		void *found = dlsym(lib, symbols[i].name);

		if (!found)
			e = failed(&why);
		else
			memcpy((char *)ret + symbols[i].at, &found, sizeof(found));
	}
	if (e == SW_E_NOMEM)
		(void)sw_fail_nomem(err);
	else if (e)
		(void)sw_fail(err, e, "%s, which %s, cannot be loaded: %s", library, what,
			      why);
	if (lib)
		dlclose(lib);
	return e;
}
