/* SPDX-License-Identifier: MIT */
#include "sasl/md4.h"

#include "base/secret.h"

enum { BLOCK = 64 };

static uint32_t rotate(uint32_t x, unsigned by)
{
	return x << by | x >> (32 - by);
}

static uint32_t mix(unsigned round, uint32_t x, uint32_t y, uint32_t z)
{
	return round == 0   ? (x & y) | (~x & z)
	       : round == 1 ? (x & y) | (x & z) | (y & z)
			    : x ^ y ^ z;
}

/* RFC 1320 3.4: three rounds of sixteen steps; each names its word, its shift, its constant.
 */
static void digest_block(uint32_t state[4], const uint8_t *block)
{
	static const uint8_t order[3][16] = {
		{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
		{ 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 },
		{ 0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15 },
	};
	static const uint8_t shifts[3][4] = { { 3, 7, 11, 19 },
					      { 3, 5, 9, 13 },
					      { 3, 9, 11, 15 } };
	static const uint32_t constants[3] = { 0, 0x5a827999, 0x6ed9eba1 };
	uint32_t words[16], s[4];
	memcpy(s, state, sizeof(s));
	for (size_t i = 0; i < 16; i++)
		words[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
			   (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
	for (unsigned i = 0; i < 48; i++) {
		unsigned round = i / 16, a = (0U - i) & 3;
		s[a] = rotate(
			s[a] + mix(round, s[(a + 1) & 3], s[(a + 2) & 3], s[(a + 3) & 3]) +
				words[order[round][i % 16]] + constants[round],
			shifts[round][i % 4]);
	}
	for (size_t i = 0; i < 4; i++)
		state[i] += s[i];
	sw_wipe(words, sizeof(words));
}

void sw_md4(struct sw_slice in, uint8_t out[16])
{
	uint32_t state[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	uint8_t last[2 * BLOCK] = { 0 };
	uint64_t bits = (uint64_t)in.len * 8;
	size_t whole = in.len / BLOCK * BLOCK, rest = in.len - whole;
	size_t end = rest + 9 > BLOCK ? 2 * BLOCK : BLOCK;
	for (size_t i = 0; i < whole; i += BLOCK)
		digest_block(state, (const uint8_t *)in.ptr + i);
	if (rest)
		memcpy(last, in.ptr + whole, rest);
	last[rest] = 0x80;
	for (size_t i = 0; i < 8; i++)
		last[end - 8 + i] = (uint8_t)(bits >> (8 * i));
	for (size_t i = 0; i < end; i += BLOCK)
		digest_block(state, last + i);
	for (size_t i = 0; i < 16; i++)
		out[i] = (uint8_t)(state[i / 4] >> (8 * (i % 4)));
	sw_wipe(last, sizeof(last));
}
